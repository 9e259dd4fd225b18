"""Areas, units, accounts, sign-ins, and the tables that every service has."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from shared.areas import LEVELS
from shared.auth.permissions import Role
from shared.migrations import code_column, now_column, shared_tables, text_check

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

STATUSES = ("open", "closed")
UNIT_KINDS = ("commune_administration", "health_centre", "primary_school")
FINDING_KINDS = ("repeated_village_code", "village_off_commune", "missing_commune")
EVENT_KINDS = ("created", "disabled", "secret_replaced", "grant_given", "grant_taken", "token_issued")


def upgrade() -> None:
    """Make them."""
    for table in shared_tables(sa.MetaData()):
        table.create(op.get_bind())
    _areas_and_units()
    _accounts()
    _sign_ins()


def _id() -> sa.Column[object]:
    return sa.Column("id", sa.Uuid, primary_key=True, server_default=sa.text("uuidv7()"))


def _time(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _areas_and_units() -> None:
    op.create_table(
        "area",
        _id(),
        code_column("code"),
        sa.Column("level", sa.Text, nullable=False),
        code_column("parent_code", nullable=True),
        sa.Column("name_km", sa.Text, nullable=False),
        sa.Column("name_en", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("valid_from", sa.Date, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        text_check("area", "level", LEVELS),
        text_check("area", "status", STATUSES),
    )
    op.create_index("ix_area_code_id", "area", ["code", "id"])
    op.create_index("ix_area_level_code_id", "area", ["level", "code", "id"])
    op.create_index("ix_area_parent_code_code_id", "area", ["parent_code", "code", "id"])
    op.create_table(
        "gazetteer", sa.Column("edition", sa.Text, primary_key=True), sa.Column("source", sa.Text, nullable=False),
        now_column("loaded_at"),
    )  # fmt: skip
    op.create_table(
        "finding",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("edition", sa.Text, sa.ForeignKey("gazetteer.edition"), nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        code_column("code"),
        sa.Column("detail_en", sa.Text, nullable=False),
        sa.Column("detail_km", sa.Text, nullable=False),
        text_check("finding", "kind", FINDING_KINDS),
    )
    op.create_table(
        "unit",
        _id(),
        code_column("code"),
        sa.Column("kind", sa.Text, nullable=False),
        code_column("area_code"),
        sa.Column("name_km", sa.Text, nullable=False),
        sa.Column("name_en", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        _time("closed_at"),
        sa.Column("close_reason", sa.Text),
        sa.Column("version", sa.Integer, nullable=False),
        text_check("unit", "kind", UNIT_KINDS),
        text_check("unit", "status", STATUSES),
    )
    op.create_index("ix_unit_code", "unit", ["code"], unique=True)
    op.create_index("ix_unit_area_code_code", "unit", ["area_code", "code"])


def _accounts() -> None:
    op.create_table(
        "account",
        _id(),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("username", sa.Text, unique=True),
        sa.Column("client_id", sa.Text, unique=True),
        sa.Column("password_hash", sa.Text),
        sa.Column("secret_hash", sa.LargeBinary),
        sa.Column("display_name", sa.Text, nullable=False),
        now_column("created_at"),
        _time("disabled_at"),
        sa.Column("version", sa.Integer, nullable=False),
        text_check("account", "kind", ("person", "client")),
        sa.CheckConstraint("(kind = 'person') = (username IS NOT NULL)", name="person_has_username"),
        sa.CheckConstraint("(kind = 'client') = (client_id IS NOT NULL)", name="client_has_id"),
    )
    op.create_table(
        "account_grant",
        _id(),
        sa.Column("account_id", sa.Uuid, sa.ForeignKey("account.id"), nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        code_column("area_code"),
        code_column("unit_code", nullable=True),
        text_check("account_grant", "role", list(Role)),
        sa.UniqueConstraint("account_id", "role", "area_code", "unit_code", postgresql_nulls_not_distinct=True),
    )
    op.create_index("ix_account_grant_area_code", "account_grant", ["area_code"])
    op.create_table(
        "account_event",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("by_account_id", sa.Uuid),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("detail", sa.Text),
        now_column("at"),
        text_check("account_event", "kind", EVENT_KINDS),
    )
    op.create_index("ix_account_event_account_id", "account_event", ["account_id"])


def _sign_ins() -> None:
    op.create_table(
        "signing_key",
        sa.Column("kid", sa.Text, primary_key=True),
        sa.Column("public_jwk", postgresql.JSONB, nullable=False),
        sa.Column("sealed_private_jwk", sa.LargeBinary, nullable=False),
        now_column("created_at"),
    )
    op.create_table(
        "sign_in",
        _id(),
        sa.Column("account_id", sa.Uuid, sa.ForeignKey("account.id"), nullable=False),
        now_column("created_at"),
        _time("revoked_at"),
    )
    op.create_index("ix_sign_in_account_id", "sign_in", ["account_id"])
    op.create_table(
        "refresh_token",
        sa.Column("token_hash", sa.LargeBinary, primary_key=True),
        sa.Column("sign_in_id", sa.Uuid, sa.ForeignKey("sign_in.id", ondelete="CASCADE"), nullable=False),
        _time("expires_at", nullable=False),
        _time("used_at"),
    )
    op.create_index("ix_refresh_token_sign_in_id", "refresh_token", ["sign_in_id"])
    op.create_table(
        "sign_in_failure",
        sa.Column("username_hash", sa.LargeBinary, primary_key=True),
        sa.Column("failures", sa.Integer, nullable=False),
        _time("last_at", nullable=False),
    )
    op.create_index("ix_sign_in_failure_last_at", "sign_in_failure", ["last_at"])
