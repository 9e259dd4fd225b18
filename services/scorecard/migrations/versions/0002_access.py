"""The access state of accounts: revocations and API keys."""

import sqlalchemy as sa
from alembic import op

from shared.migrations import access_tables

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; they fill by themselves, as a new kind of state is read from its stream's beginning."""
    for table in access_tables(sa.MetaData()):
        table.create(op.get_bind())
