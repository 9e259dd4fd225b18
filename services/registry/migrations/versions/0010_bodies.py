"""Bodies, their members and the meetings they hold."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from shared.migrations import code_column, now_column, text_check

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

LEVELS = ("nation", "province", "district", "commune")
KINDS = (
    ("isaf_psc", "គ.គ.អ.ស.", "ISAF partnership steering committee"),
    ("meid", "អង្គភាពត្រួតពិនិត្យ វាយតម្លៃ និងព័ត៌មាន", "Monitoring, evaluation and information division"),
    ("working_group", "ក្រុមការងារគណនេយ្យភាពសង្គម", "ISAF working group"),
    ("caf_network", "បណ្តាញអ្នកសម្របសម្រួលគណនេយ្យភាពសហគមន៍", "CAF network"),
    ("jaapc", "គណៈកម្មាធិការ ផ.ស.រ.គ.", "JAAP committee"),
    ("council", "ក្រុមប្រឹក្សាឃុំ សង្កាត់", "Commune/sangkat council"),
)
DUTIES = (
    ("isaf_psc", "nation", None, 0),
    ("meid", "nation", 3, 15),
    ("working_group", "province", 3, 15),
    ("working_group", "district", 2, 15),
    ("caf_network", "province", 3, 15),
    ("caf_network", "district", 3, 15),
    ("jaapc", "commune", 1, 7),
    ("council", "commune", None, 0),
)
"""Kind, level, months and days of grace. The strategy gives the months; the grace is ours."""


def upgrade() -> None:
    """Make them, with the kinds and duties that the strategy names."""
    _kinds()
    _bodies()
    _meetings()


def _kinds() -> None:
    kind = op.create_table(
        "body_kind",
        sa.Column("code", sa.Text, primary_key=True),
        sa.Column("name_km", sa.Text, nullable=False),
        sa.Column("name_en", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_table(
        "meeting_duty",
        sa.Column("kind", sa.Text, sa.ForeignKey("body_kind.code"), primary_key=True),
        sa.Column("level", sa.Text, primary_key=True),
        sa.Column("since", sa.Date, primary_key=True),
        sa.Column("every_months", sa.Integer),
        sa.Column("grace_days", sa.Integer, nullable=False),
        text_check("meeting_duty", "level", LEVELS),
        sa.CheckConstraint("every_months IN (1, 2, 3, 4, 6, 12)", name="every_months"),
        sa.CheckConstraint("grace_days BETWEEN 0 AND 28", name="grace_days"),
    )
    op.bulk_insert(kind, [{"code": code, "name_km": km, "name_en": en, "version": 1} for code, km, en in KINDS])
    values = sa.text(
        "INSERT INTO meeting_duty (kind, level, since, every_months, grace_days)"
        " VALUES (:kind, :level, '2000-01-01', :months, :grace)"
    )
    for code, level, months, grace in DUTIES:
        op.execute(values.bindparams(kind=code, level=level, months=months, grace=grace))


def _bodies() -> None:
    op.create_table(
        "body",
        sa.Column("id", sa.Uuid, primary_key=True, server_default=sa.text("uuidv7()")),
        sa.Column("kind", sa.Text, sa.ForeignKey("body_kind.code"), nullable=False),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("area_id", sa.Uuid, sa.ForeignKey("area.id")),
        code_column("area_code"),
        sa.Column("name_km", sa.Text),
        sa.Column("name_en", sa.Text),
        sa.Column("recognised_by", sa.Text, nullable=False),
        sa.Column("recognised_on", sa.Date, nullable=False),
        sa.Column("dissolved_on", sa.Date),
        sa.Column("dissolution_reason", sa.Text),
        sa.Column("version", sa.Integer, nullable=False),
        text_check("body", "level", LEVELS),
        sa.CheckConstraint("(level = 'nation') = (area_id IS NULL)", name="nation_has_no_area"),
        sa.CheckConstraint("dissolved_on >= recognised_on", name="dissolved_after_recognised"),
    )
    op.create_index(
        "uq_body_active", "body", ["kind", "area_id"], unique=True, postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text("dissolved_on IS NULL"),
    )  # fmt: skip
    op.create_index("ix_body_area_code_id", "body", ["area_code", "id"])
    op.create_index("ix_body_area_id", "body", ["area_id"])
    op.create_table(
        "body_member",
        sa.Column("id", sa.Uuid, primary_key=True, server_default=sa.text("uuidv7()")),
        sa.Column("body_id", sa.Uuid, sa.ForeignKey("body.id"), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("sex", sa.Text, nullable=False),
        sa.Column("position", sa.Text, nullable=False),
        sa.Column("organisation", sa.Text),
        sa.Column("phone", sa.Text),
        sa.Column("account_id", sa.Uuid, sa.ForeignKey("account.id")),
        sa.Column("term_from", sa.Date, nullable=False),
        sa.Column("term_until", sa.Date),
        sa.Column("left_on", sa.Date),
        sa.Column("leaving_reason", sa.Text),
        sa.Column("version", sa.Integer, nullable=False),
        text_check("body_member", "sex", ("female", "male", "undisclosed")),
        sa.CheckConstraint("term_until >= term_from", name="term"),
        sa.CheckConstraint("left_on >= term_from", name="left_after_term_from"),
    )
    op.create_index("ix_body_member_body_id_id", "body_member", ["body_id", "id"])


def _meetings() -> None:
    op.create_table(
        "body_meeting",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("body_id", sa.Uuid, sa.ForeignKey("body.id"), nullable=False),
        sa.Column("held_on", sa.Date, nullable=False),
        sa.Column("place", sa.Text),
        sa.Column("female", sa.Integer, nullable=False),
        sa.Column("male", sa.Integer, nullable=False),
        sa.Column("undisclosed", sa.Integer, nullable=False),
        sa.Column("guests", sa.Integer),
        sa.Column("agenda", postgresql.JSONB, nullable=False),
        sa.Column("decisions", postgresql.JSONB, nullable=False),
        sa.Column("recorded_by", sa.Uuid, nullable=False),
        now_column("recorded_at"),
        sa.Column("sent_hash", sa.LargeBinary, nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True)),
        sa.Column("withdrawn_by", sa.Uuid),
        sa.Column("withdrawal_reason", sa.Text),
        sa.Column("version", sa.Integer, nullable=False),
        sa.CheckConstraint("least(female, male, undisclosed, guests) >= 0", name="counts"),
        sa.CheckConstraint("female + male + undisclosed > 0", name="somebody_came"),
    )
    op.create_index(
        "uq_body_meeting_day", "body_meeting", ["body_id", "held_on"], unique=True,
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )  # fmt: skip
    op.create_index("ix_body_meeting_held_on_id", "body_meeting", ["held_on", "id"])
    op.create_table(
        "duty_fulfilment",
        sa.Column("body_id", sa.Uuid, sa.ForeignKey("body.id"), primary_key=True),
        sa.Column("window_end", sa.Date, primary_key=True),
        sa.Column("grace_until", sa.Date, nullable=False),
        sa.Column("held_on", sa.Date, nullable=False),
        sa.Column("late", sa.Boolean, nullable=False),
    )
    op.create_index(
        "ix_duty_fulfilment_window_end", "duty_fulfilment", ["window_end"],
        postgresql_include=["body_id", "late", "grace_until"],
    )  # fmt: skip
