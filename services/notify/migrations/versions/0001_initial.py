"""The first tables: subscriptions, deliveries, messages."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

from shared.migrations import area_copy_table, code_column, now_column, shared_tables, text_check

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the schema."""
    for table in [*shared_tables(sa.MetaData()), area_copy_table(sa.MetaData())]:
        table.create(op.get_bind())
    create_subscriptions()
    create_deliveries()
    create_attempts()
    create_messages()


def create_subscriptions() -> None:
    """Partners' standing orders."""
    op.create_table(
        "subscription",
        sa.Column("id", sa.Uuid, primary_key=True, server_default=sa.text("uuidv7()")),
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("event_types", ARRAY(sa.Text), nullable=False),
        code_column("area_code"),
        sa.Column("description", sa.Text),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("deactivated_reason", sa.Text),
        sa.Column("secret", sa.LargeBinary, nullable=False),
        sa.Column("previous_secret", sa.LargeBinary),
        sa.Column("previous_secret_until", sa.DateTime(timezone=True)),
        sa.Column("version", sa.Integer, nullable=False),
        now_column("created_at"),
        text_check("subscription", "deactivated_reason", ("owner", "gone")),
        sa.CheckConstraint("active = (deactivated_reason IS NULL)", name="reason_when_inactive"),
    )
    op.create_index("ix_subscription_account_id", "subscription", ["account_id", "id"])
    op.create_index("ix_subscription_area_code", "subscription", ["area_code"], postgresql_where=sa.text("active"))


def create_deliveries() -> None:
    """Events, and their way to each subscription."""
    op.create_table(
        "occurrence",
        sa.Column("event_id", sa.Uuid, primary_key=True),
        sa.Column("event_type", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "delivery",
        sa.Column("id", sa.Uuid, primary_key=True, server_default=sa.text("uuidv7()")),
        sa.Column("subscription_id", sa.Uuid, sa.ForeignKey("subscription.id", ondelete="CASCADE"), nullable=False),
        sa.Column("event_id", sa.Uuid, sa.ForeignKey("occurrence.event_id"), nullable=False),
        sa.Column("event_type", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False, server_default="pending"),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), server_default=sa.func.now()),
        sa.Column("leased_until", sa.DateTime(timezone=True)),
        sa.Column("delivered_at", sa.DateTime(timezone=True)),
        sa.Column("last_status", sa.Integer),
        sa.Column("last_error", sa.Text),
        now_column("created_at"),
        sa.UniqueConstraint("subscription_id", "event_id"),
        text_check("delivery", "status", ("pending", "delivered", "failed")),
        sa.CheckConstraint("(status = 'pending') = (next_attempt_at IS NOT NULL)", name="due_while_pending"),
    )
    op.create_index("ix_delivery_event_id", "delivery", ["event_id"])
    op.create_index("ix_delivery_subscription_id_id", "delivery", ["subscription_id", "id"])
    op.create_index(
        "ix_delivery_due",
        "delivery",
        ["subscription_id", "next_attempt_at"],
        postgresql_where=sa.text("status = 'pending'"),
    )
    op.create_index(
        "ix_delivery_leased", "delivery", ["subscription_id"], postgresql_where=sa.text("leased_until IS NOT NULL")
    )


def create_attempts() -> None:
    """The log of tries."""
    op.create_table(
        "attempt",
        sa.Column("delivery_id", sa.Uuid, sa.ForeignKey("delivery.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Integer),
        sa.Column("error", sa.Text),
        sa.Column("duration_ms", sa.Integer, nullable=False),
    )


def create_messages() -> None:
    """The inbox, who has read what, and the names that messages about money need."""
    op.create_table(
        "message",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("event_id", sa.Uuid, nullable=False, unique=True),
        sa.Column("event_type", sa.Text, nullable=False),
        code_column("area_code"),
        sa.Column("audience", ARRAY(sa.Text), nullable=False),
        sa.Column("title_km", sa.Text, nullable=False),
        sa.Column("title_en", sa.Text, nullable=False),
        sa.Column("body_km", sa.Text, nullable=False),
        sa.Column("body_en", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_message_audience", "message", ["audience"], postgresql_using="gin")
    op.create_table(
        "read_mark",
        sa.Column("account_id", sa.Uuid, primary_key=True),
        sa.Column("message_id", sa.BigInteger, sa.ForeignKey("message.id", ondelete="CASCADE"), primary_key=True),
        now_column("read_at"),
    )
    op.create_index("ix_read_mark_message_id", "read_mark", ["message_id"])
    op.create_table(
        "action_title",
        sa.Column("action_id", sa.Uuid, primary_key=True),
        sa.Column("title_km", sa.Text, nullable=False),
        sa.Column("title_en", sa.Text, nullable=False),
    )
