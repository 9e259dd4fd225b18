"""Facilitators' earlier terms; who supports a participation, and whom a member sits for, as organisations."""

import sqlalchemy as sa
from alembic import op

from shared.migrations import text_check

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

CHOICES = ("election", "nomination", "volunteering", "other")
ENDS = ("term_ended", "resigned", "moved_away", "took_office", "removed", "died", "other", "transferred")
KNOWN_BY_NAME = """
    UPDATE {table} SET {column} = named.id
    FROM (
        SELECT name, min(id::text)::uuid AS id
        FROM organisation CROSS JOIN LATERAL (VALUES (name_km), (name_en), (short_name)) AS called (name)
        WHERE active AND name IS NOT NULL GROUP BY name HAVING count(DISTINCT id) = 1
    ) AS named
    WHERE {table}.{text} = named.name
"""
SERVED_ELSEWHERE = """
    INSERT INTO caf_term (caf_id, area_id, term_from, term_until, chosen_by, left_on, left_reason)
    SELECT DISTINCT ON (caf.id) caf.id, area.id, caf.term_from, caf.term_until, caf.chosen_by,
           greatest(CAST(moved.at AT TIME ZONE 'Asia/Phnom_Penh' AS date), caf.term_from), 'transferred'
    FROM caf
    JOIN audit_entry AS made
        ON made.subject_kind = 'caf' AND made.action = 'created' AND made.subject = CAST(caf.id AS text)
    JOIN audit_entry AS moved
        ON moved.subject_kind = 'caf' AND moved.action = 'changed' AND moved.subject = made.subject
        AND moved.detail ->> 'area_code' <> made.detail ->> 'area'
    JOIN area ON area.code = made.detail ->> 'area' AND area.level = 'commune' AND area.status = 'open'
    WHERE caf.left_on IS NULL AND caf.area_id <> area.id
    ORDER BY caf.id, moved.id
"""


def upgrade() -> None:
    """Make the table, with communes served before as the trail tells; earlier terms were overwritten.

    Texts that are the name of one organisation become a reference to it.
    """
    _terms()
    op.execute(SERVED_ELSEWHERE)
    _refer("participation", "supporter_id", "supporting_ngo")
    _refer("body_member", "organisation_id", "organisation")


def _terms() -> None:
    op.create_table(
        "caf_term",
        sa.Column("id", sa.Uuid, primary_key=True, server_default=sa.text("uuidv7()")),
        sa.Column("caf_id", sa.Uuid, sa.ForeignKey("caf.id"), nullable=False),
        sa.Column("area_id", sa.Uuid, sa.ForeignKey("area.id"), nullable=False),
        sa.Column("term_from", sa.Date, nullable=False),
        sa.Column("term_until", sa.Date),
        sa.Column("chosen_by", sa.Text),
        sa.Column("left_on", sa.Date, nullable=False),
        sa.Column("left_reason", sa.Text, nullable=False),
        sa.Column("left_note", sa.Text),
        text_check("caf_term", "chosen_by", CHOICES),
        text_check("caf_term", "left_reason", ENDS),
    )
    op.create_index("ix_caf_term_caf_id", "caf_term", ["caf_id"])
    op.create_index("ix_caf_term_area_id", "caf_term", ["area_id"])


def _refer(table: str, column: str, text: str) -> None:
    """Add a reference to an organisation and fill it where the text is the name of exactly one; the text stays."""
    op.add_column(table, sa.Column(column, sa.Uuid, sa.ForeignKey("organisation.id")))
    op.create_index(f"ix_{table}_{column}", table, [column])
    op.execute(KNOWN_BY_NAME.format(table=table, column=column, text=text))
