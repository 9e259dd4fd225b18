"""Kinds of units as data, catchments, aliases, mergers, locations and ids of other systems."""

import sqlalchemy as sa
from alembic import op

from shared.areas import LEVELS
from shared.migrations import code_column, now_column, text_check

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

KINDS = (
    ("commune_administration", "CA", "រដ្ឋបាលឃុំ សង្កាត់", "Commune/sangkat administration", "commune", False, False),
    ("health_centre", "HC", "មណ្ឌលសុខភាព", "Health centre", "commune", True, True),
    ("health_post", "HP", "ប៉ុស្តិ៍សុខភាព", "Health post", "commune", True, False),
    ("primary_school", "PS", "សាលាបឋមសិក្សា", "Primary school", "commune", True, False),
    (
        "one_window_service_office", "OW", "ការិយាល័យច្រកចេញចូលតែមួយ ក្រុង ស្រុក ខណ្ឌ",
        "District One Window Service Office", "district", False, False,
    ),
)  # fmt: skip
WITHIN_CAMBODIA = "latitude BETWEEN 9 AND 15 AND longitude BETWEEN 102 AND 108"


def upgrade() -> None:
    """Make them; units keep their kinds, and those that are closed get the day of it."""
    kind = _kinds()
    op.bulk_insert(kind, [dict(zip(kind.columns.keys(), (*row, True, 1), strict=True)) for row in KINDS])
    op.execute(
        "INSERT INTO change (kind, entity_id, area_code, seq, gone)"
        " SELECT 'unit_kind', code, '', nextval('change_seq'), false FROM unit_kind"
    )
    op.drop_constraint("kind", "unit", type_="check")
    op.create_foreign_key(None, "unit", "unit_kind", ["kind"], ["code"])
    op.add_column("unit", sa.Column("opened_on", sa.Date))
    op.add_column("unit", sa.Column("closed_on", sa.Date))
    op.add_column("unit", sa.Column("latitude", sa.Double))
    op.add_column("unit", sa.Column("longitude", sa.Double))
    op.add_column("unit", sa.Column("note", sa.Text))
    op.add_column("unit", code_column("merged_into", nullable=True))
    op.execute(
        'ALTER TABLE unit ADD COLUMN search_words text COLLATE "C"'
        " GENERATED ALWAYS AS (place_words(name_km || name_en || code)) STORED"
    )
    op.execute("UPDATE unit SET closed_on = (closed_at AT TIME ZONE 'Asia/Phnom_Penh')::date WHERE status = 'closed'")
    op.create_check_constraint(
        "location", "unit", f"num_nulls(latitude, longitude) = 2 OR coalesce({WITHIN_CAMBODIA}, false)"
    )
    op.create_check_constraint("merged_is_closed", "unit", "merged_into IS NULL OR status = 'closed'")
    op.create_index("ix_unit_merged_into", "unit", ["merged_into"], postgresql_where=sa.text("merged_into IS NOT NULL"))
    _belongings()


def _kinds() -> sa.Table:
    return op.create_table(
        "unit_kind",
        sa.Column("code", sa.Text, primary_key=True),
        sa.Column("prefix", sa.Text, nullable=False, unique=True),
        sa.Column("name_km", sa.Text, nullable=False),
        sa.Column("name_en", sa.Text, nullable=False),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("numbered", sa.Boolean, nullable=False),
        sa.Column("has_catchment", sa.Boolean, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        text_check("unit_kind", "level", LEVELS),
    )


def _belongings() -> None:
    op.create_table(
        "unit_catchment",
        sa.Column("unit_id", sa.Uuid, sa.ForeignKey("unit.id"), primary_key=True),
        sa.Column("area_code", sa.Text(collation="C"), primary_key=True),
    )
    op.create_index("ix_unit_catchment_area_code", "unit_catchment", ["area_code"])
    op.create_table(
        "unit_alias",
        sa.Column("code", sa.Text(collation="C"), primary_key=True),
        sa.Column("unit_id", sa.Uuid, sa.ForeignKey("unit.id"), nullable=False),
        now_column("since"),
        sa.Column("reason", sa.Text, nullable=False),
    )
    op.create_index("ix_unit_alias_unit_id", "unit_alias", ["unit_id"])
    op.create_table(
        "unit_external_id",
        sa.Column("system", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, primary_key=True),
        sa.Column("unit_id", sa.Uuid, sa.ForeignKey("unit.id"), nullable=False),
        sa.UniqueConstraint("unit_id", "system"),
    )
