"""Comments, flags, and what phones hold.

The functions name nothing outside pg_catalog: a restored backup makes the keys anew under an empty search_path.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from shared.migrations import code_column, now_column, text_check

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
WORDS_OF = r"""
CREATE FUNCTION words_of(given text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN btrim(regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(replace(replace(replace(
    translate(
        lower(normalize(given, NFKD) COLLATE pg_c_utf8),
        E'០១២៣៤៥៦៧៨៩\u17b2\u200b\u200c\u200d\u2060\ufeff\u00ad\u17b4\u17b5''`"\u2018\u2019\u02bc\u2039\u203a',
        E'0123456789\u17b1'
    ),
    E'\u17c1\u17b8', E'\u17be'), E'\u17c1\u17b6', E'\u17c4'), E'\u17d2\u178a', E'\u17d2\u178f'),
    '[\u0300-\u036f]', '', 'g'),
    '\u17c6([\u17b6\u17bb])', E'\\1\u17c6', 'g'),
    '([\u17b6-\u17d1]+)((?:\u17d2[\u1780-\u17b3])+)', '\2\1', 'g'),
    '(\u17d2\u179a)(\u17d2[\u1780-\u17b3])', '\2\1', 'g'),
    '[^[:alnum:]\u1780-\u17d3]+', ' ', 'g'))
"""
"""Words in small letters, without accents and invisible characters, each single-spaced; Khmer as it looks: one coeng
for ta and da, which are drawn alike, and the signs of a syllable in one order, however they were typed."""
FOLDED = r"regexp_replace(words_of(text), '([\u1780-\u17d3]) (?=[\u1780-\u17d3])', '\1', 'g')"
"""Without spaces between Khmer letters: some write them between words, most do not."""


def upgrade() -> None:
    """Tables for what citizens say, and for what looks unlikely."""
    op.execute(WORDS_OF)
    create_comments()
    create_flags()


def create_comments() -> None:
    """A comment has no link to its writer; how many a phone has sent is counted apart."""
    op.create_table(
        "comment",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("seq", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("round_id", sa.Uuid, nullable=False),
        code_column("unit_code"),
        sa.Column("aspect", sa.Text, nullable=False),
        sa.Column("indicator_code", sa.Text),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("late", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("written_on", sa.Date),
        sa.Column("state", sa.Text, nullable=False, server_default="held"),
        sa.Column("reason", sa.Text),
        sa.Column("decided_by", sa.Uuid),
        sa.Column("decided_at", INSTANT),
        sa.Column("version", sa.Integer, nullable=False, server_default="1"),
        sa.Column("folded", sa.Text, sa.Computed(FOLDED, persisted=True)),
        sa.UniqueConstraint("seq"),
        text_check("comment", "aspect", ("comment", "strength", "weakness", "suggestion")),
        text_check("comment", "channel", ("phone", "meeting")),
        text_check("comment", "state", ("held", "approved", "rejected")),
    )
    op.create_index("ix_comment_round_id_unit_code", "comment", ["round_id", "unit_code"])
    op.create_index("ix_comment_held", "comment", ["round_id", "seq"], postgresql_where=sa.text("state = 'held'"))
    op.create_table(
        "comment_sender",
        sa.Column("round_id", sa.Uuid, primary_key=True),
        sa.Column("unit_code", sa.Text(collation="C"), primary_key=True),
        sa.Column("phone_hash", sa.LargeBinary, primary_key=True),
        sa.Column("sent", sa.Integer, nullable=False),
    )


def create_flags() -> None:
    """One row per unit and pattern, with how far it went; decided by a reviewer."""
    op.create_table(
        "flag",
        sa.Column("id", sa.Uuid, primary_key=True, server_default=sa.text("uuidv7()")),
        sa.Column("round_id", sa.Uuid, nullable=False),
        code_column("unit_code"),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False, server_default=""),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("details", JSONB, nullable=False),
        sa.Column("state", sa.Text, nullable=False, server_default="open"),
        now_column("raised_at"),
        sa.Column("decided_by", sa.Uuid),
        sa.Column("decided_at", INSTANT),
        sa.Column("note", sa.Text),
        sa.Column("version", sa.Integer, nullable=False, server_default="1"),
        sa.UniqueConstraint("round_id", "unit_code", "kind", "subject"),
        text_check("flag", "state", ("open", "dismissed", "confirmed")),
    )
