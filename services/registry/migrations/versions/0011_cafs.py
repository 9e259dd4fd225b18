"""Organisations, facilitators and trainings."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from shared.migrations import code_column, now_column, text_check

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

ORGANISATIONS = (
    ("ngo", "អង្គការទស្សនៈពិភពលោកកម្ពុជា", "World Vision", "World Vision"),
    ("ngo", "អង្គការឃែរ កម្ពុជា", "CARE", "CARE"),
    ("ngo", "អង្គការ FHI ៣៦០", "FHI 360", "FHI 360"),
    ("ngo", "អង្គការអុកស្វាម", "Oxfam", "Oxfam"),
    ("ngo", "អង្គការសង្គ្រោះកុមារ", "Save the Children", "Save the Children"),
    ("ngo", "អង្គការរ៉ាឆា", "Reproductive and Child Health Alliance", "RACHA"),
    ("ngo", "អង្គការស្តារកម្ពុជា", "STAR Kampuchea", "STAR Kampuchea"),
    ("ngo", "វិទ្យាស្ថានតស៊ូមតិ និងគោលនយោបាយ", "Advocacy and Policy Institute", "API"),
    ("development_partner", "ធនាគារពិភពលោក", "World Bank", "World Bank"),
    ("development_partner", "អង្គការសហប្រតិបត្តិការអន្តរជាតិអាល្លឺម៉ង់", "GIZ/ISD", "GIZ/ISD"),
    (
        "development_partner", "ក្រសួងការបរទេស និងពាណិជ្ជកម្មអូស្ត្រាលី",
        "Australian Department of Foreign Affairs and Trade", "DFAT",
    ),
    (
        "development_partner", "ទីភ្នាក់ងារស្វីសសម្រាប់ការអភិវឌ្ឍ និងសហប្រតិបត្តិការ",
        "Swiss Agency for Development and Cooperation", "SDC",
    ),
)  # fmt: skip
"""The partners that the strategy names; more are registered over the API."""
TOPICS = (
    ("social_accountability", "គណនេយ្យភាពសង្គម និងវដ្តប្រចាំឆ្នាំ", "Social accountability and its yearly cycle"),
    ("information_for_citizens", "កញ្ចប់ព័ត៌មានសម្រាប់ប្រជាពលរដ្ឋ", "Information for citizens"),
    ("facilitation", "ជំនាញសម្របសម្រួល", "Facilitation"),
    ("scorecard", "ប័ណ្ណដាក់ពិន្ទុសហគមន៍ និងការវាយតម្លៃខ្លួនឯង", "Community scorecard and self-assessment"),
    ("interface_meeting", "កិច្ចប្រជុំចំណុចប្រសព្វ", "Interface meetings"),
    ("jaap", "ផែនការសកម្មភាពរួម", "Joint accountability action plan"),
    ("budget", "ថវិកា និងផែនការសកម្មភាពប្រចាំឆ្នាំ", "Annual work plan and budget"),
    ("digital_tools", "ប្រព័ន្ធទិន្នន័យ និងកម្មវិធីទូរសព្ទដៃ", "Data system and mobile app"),
    ("inclusion", "យេនឌ័រ និងបរិយាប័ន្នសង្គម", "Gender and social inclusion"),
    ("monitoring", "ការត្រួតពិនិត្យ និងរបាយការណ៍", "Monitoring and reporting"),
    ("other", "ផ្សេងទៀត", "Other"),
)
KINDS = ("ministry", "department", "ngo", "development_partner", "cbo", "other")
SEXES = ("female", "male", "undisclosed")
CHOICES = ("election", "nomination", "volunteering", "other")
REASONS = ("term_ended", "resigned", "moved_away", "took_office", "removed", "died", "other")


def upgrade() -> None:
    """Make them, with the organisations that the strategy names and the first topics of trainings."""
    _organisations()
    _cafs()
    _trainings()


def _organisations() -> None:
    organisation = op.create_table(
        "organisation",
        sa.Column("id", sa.Uuid, primary_key=True, server_default=sa.text("uuidv7()")),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("name_km", sa.Text, nullable=False),
        sa.Column("name_en", sa.Text),
        sa.Column("short_name", sa.Text),
        sa.Column("area_id", sa.Uuid, sa.ForeignKey("area.id")),
        code_column("area_code"),
        sa.Column("contact", sa.Text),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        text_check("organisation", "kind", KINDS),
        sa.CheckConstraint("(area_id IS NULL) = (area_code = '')", name="nation_or_area"),
    )
    op.create_index("ix_organisation_area_code_id", "organisation", ["area_code", "id"])
    op.create_index("ix_organisation_area_id", "organisation", ["area_id"])
    op.create_table(
        "organisation_account",
        sa.Column("account_id", sa.Uuid, sa.ForeignKey("account.id"), primary_key=True),
        sa.Column("organisation_id", sa.Uuid, sa.ForeignKey("organisation.id"), nullable=False),
        now_column("linked_at"),
        sa.Column("linked_by", sa.Uuid, nullable=False),
    )
    op.create_index("ix_organisation_account_organisation_id", "organisation_account", ["organisation_id"])
    names = ("kind", "name_km", "name_en", "short_name")
    rest = {"area_code": "", "active": True, "version": 1}
    op.bulk_insert(organisation, [dict(zip(names, row, strict=True)) | rest for row in ORGANISATIONS])


def _cafs() -> None:
    op.create_table(
        "caf",
        sa.Column("id", sa.Uuid, primary_key=True, server_default=sa.text("uuidv7()")),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("sex", sa.Text, nullable=False),
        sa.Column("birth_year", sa.Integer),
        sa.Column("phone", sa.Text),
        sa.Column("area_id", sa.Uuid, sa.ForeignKey("area.id"), nullable=False),
        code_column("area_code"),
        sa.Column("village_id", sa.Uuid, sa.ForeignKey("area.id")),
        sa.Column("term_from", sa.Date, nullable=False),
        sa.Column("term_until", sa.Date),
        sa.Column("chosen_by", sa.Text),
        sa.Column("supporter_id", sa.Uuid, sa.ForeignKey("organisation.id")),
        sa.Column("village_official", sa.Boolean, nullable=False),
        sa.Column("commune_assistant", sa.Boolean, nullable=False),
        sa.Column("disability", sa.Boolean),
        sa.Column("ethnic_minority", sa.Boolean),
        sa.Column("account_id", sa.Uuid, sa.ForeignKey("account.id")),
        sa.Column("last_seen_on", sa.Date),
        sa.Column("last_trained_on", sa.Date),
        sa.Column("left_on", sa.Date),
        sa.Column("left_reason", sa.Text),
        sa.Column("left_note", sa.Text),
        sa.Column("version", sa.Integer, nullable=False),
        text_check("caf", "sex", SEXES),
        text_check("caf", "chosen_by", CHOICES),
        text_check("caf", "left_reason", REASONS),
        sa.CheckConstraint("term_until >= term_from", name="until_after_from"),
        sa.CheckConstraint("(left_on IS NULL) = (left_reason IS NULL)", name="left_with_reason"),
    )
    current = sa.text("left_on IS NULL")
    op.create_index("ix_caf_area_code_id", "caf", ["area_code", "id"])
    op.create_index("ix_caf_current", "caf", ["area_code"], postgresql_where=current)
    op.create_index("uq_caf_account_id", "caf", ["account_id"], unique=True, postgresql_where=current)
    op.create_index("ix_caf_area_id", "caf", ["area_id"])
    op.create_index("ix_caf_village_id", "caf", ["village_id"])
    op.create_index("ix_caf_supporter_id", "caf", ["supporter_id"])


def _trainings() -> None:
    topic = op.create_table(
        "training_topic",
        sa.Column("code", sa.Text(collation="C"), primary_key=True),
        sa.Column("name_km", sa.Text, nullable=False),
        sa.Column("name_en", sa.Text, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    names = ("code", "name_km", "name_en")
    op.bulk_insert(topic, [dict(zip(names, row, strict=True)) | {"active": True, "version": 1} for row in TOPICS])
    op.create_table(
        "training",
        sa.Column("id", sa.Uuid, primary_key=True, server_default=sa.text("uuidv7()")),
        sa.Column("topic", sa.Text(collation="C"), sa.ForeignKey("training_topic.code"), nullable=False),
        sa.Column("title", sa.Text),
        sa.Column("organiser_id", sa.Uuid, sa.ForeignKey("organisation.id"), nullable=False),
        sa.Column("area_id", sa.Uuid, sa.ForeignKey("area.id")),
        code_column("area_code"),
        sa.Column("held_from", sa.Date, nullable=False),
        sa.Column("held_until", sa.Date, nullable=False),
        sa.Column("participants", postgresql.ARRAY(sa.Integer), nullable=False),
        sa.Column("withdrawn_on", sa.Date),
        sa.Column("withdrawn_reason", sa.Text),
        sa.Column("version", sa.Integer, nullable=False),
        sa.CheckConstraint("held_until >= held_from", name="until_after_from"),
        sa.CheckConstraint("(area_id IS NULL) = (area_code = '')", name="nation_or_area"),
        sa.CheckConstraint("cardinality(participants) = 18", name="participants"),
        sa.CheckConstraint("(withdrawn_on IS NULL) = (withdrawn_reason IS NULL)", name="withdrawn_with_reason"),
    )
    op.create_index("ix_training_area_code_id", "training", ["area_code", "id"])
    op.create_index("ix_training_held_until_id", "training", ["held_until", "id"])
    op.create_index("ix_training_area_id", "training", ["area_id"])
    op.create_index("ix_training_organiser_id", "training", ["organiser_id"])
    op.create_table(
        "training_caf",
        sa.Column("training_id", sa.Uuid, sa.ForeignKey("training.id"), primary_key=True),
        sa.Column("caf_id", sa.Uuid, sa.ForeignKey("caf.id"), primary_key=True),
    )
    op.create_index("ix_training_caf_caf_id", "training_caf", ["caf_id"])
