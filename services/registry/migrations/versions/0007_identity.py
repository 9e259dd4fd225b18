"""Phone codes, API keys, access state, key rotation."""

import sqlalchemy as sa
from alembic import op

from shared.migrations import access_tables, now_column

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make them; each key that is there signs from when it was made."""
    for table in access_tables(sa.MetaData()):
        table.create(op.get_bind())
    _accounts()
    _api_keys()
    _sign_ins()
    _signing_keys()


def _time(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _accounts() -> None:
    op.add_column("account", sa.Column("phone", sa.Text))
    op.create_unique_constraint(op.f("uq_account_phone"), "account", ["phone"])
    op.add_column("account", _time("password_temporary_until"))
    op.add_column("account", _time("valid_from"))
    op.add_column("account", sa.Column("access_version", sa.Integer, nullable=False, server_default="0"))
    op.drop_constraint(op.f("ck_account_person_has_username"), "account", type_="check")
    op.create_check_constraint(
        op.f("ck_account_person_can_be_known"),
        "account",
        "CASE kind WHEN 'person' THEN username IS NOT NULL OR phone IS NOT NULL"
        " ELSE username IS NULL AND phone IS NULL END",
    )


def _api_keys() -> None:
    op.create_table(
        "api_key",
        sa.Column("id", sa.Uuid, primary_key=True, server_default=sa.text("uuidv7()")),
        sa.Column("account_id", sa.Uuid, sa.ForeignKey("account.id"), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("key_hash", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("prefix", sa.Text, nullable=False),
        sa.Column("last_four", sa.Text, nullable=False),
        sa.Column("grant_ids", sa.ARRAY(sa.Uuid), nullable=False),
        now_column("created_at"),
        _time("expires_at"),
        _time("withdrawn_at"),
        sa.Column("last_used_on", sa.Date),
    )
    op.create_index("ix_api_key_account_id", "api_key", ["account_id"])


def _sign_ins() -> None:
    op.add_column("sign_in", sa.Column("device", sa.Text))
    op.add_column("sign_in", now_column("last_used_at"))
    op.create_table(
        "sign_in_code",
        sa.Column("phone_hash", sa.LargeBinary, primary_key=True),
        sa.Column("code_hash", sa.LargeBinary, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        _time("expires_at", nullable=False),
    )
    op.create_index("ix_sign_in_code_expires_at", "sign_in_code", ["expires_at"])
    op.create_table(
        "cap",
        sa.Column("key_hash", sa.LargeBinary, primary_key=True),
        sa.Column("used", sa.Integer, nullable=False),
        _time("ends_at", nullable=False),
    )
    op.create_index("ix_cap_ends_at", "cap", ["ends_at"])


def _signing_keys() -> None:
    op.add_column("signing_key", now_column("signs_from"))
    op.add_column("signing_key", _time("withdrawn_at"))
    op.execute("UPDATE signing_key SET signs_from = created_at")
