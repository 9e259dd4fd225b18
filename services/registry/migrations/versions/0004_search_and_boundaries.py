"""Search keys of areas, and boundaries.

The keys are made by the database itself, so that every writer of an area keeps them right. The functions name nothing
outside pg_catalog: a restored backup makes the keys anew under an empty search_path.
"""

import sqlalchemy as sa
from alembic import op

from shared.areas import LEVELS
from shared.migrations import now_column, text_check

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

PLACE_WORDS = r"""
CREATE FUNCTION place_words(given text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN btrim(regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(replace(replace(replace(replace(
    translate(
        lower(normalize(given, NFKD) COLLATE pg_c_utf8),
        E'០១២៣៤៥៦៧៨៩\u17b2\u200b\u200c\u200d\u2060\ufeff\u00ad\u17b4\u17b5''`"\u2018\u2019\u02bc\u2039\u203a',
        E'0123456789\u17b1'
    ),
    E'\u17c1\u17b8', E'\u17be'), E'\u17c1\u17b6', E'\u17c4'), E'\u17d2\u178a', E'\u17d2\u178f'), 'រាជធានី', 'រាជធានី '),
    '[\u0300-\u036f]', '', 'g'),
    '\u17c6([\u17b6\u17bb])', E'\\1\u17c6', 'g'),
    '([\u17b6-\u17d1]+)((?:\u17d2[\u1780-\u17b3])+)', '\2\1', 'g'),
    '(\u17d2\u179a)(\u17d2[\u1780-\u17b3])', '\2\1', 'g'),
    '[^[:alnum:]\u1780-\u17d3]+', ' ', 'g'))
"""
"""Words in small letters, without accents and invisible characters, each single-spaced; Khmer as it looks: one coeng
for ta and da, which are drawn alike, and the signs of a syllable in one order, however they were typed.
The capital's name begins with what it is, without a space."""
PLACE_KEYS = """
CREATE FUNCTION place_keys(VARIADIC names text[]) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    name text;
    words text[];
    keys text := '';
BEGIN
    FOREACH name IN ARRAY names LOOP
        words := string_to_array(name, ' ');
        keys := keys || '|' || array_to_string(words, '') || '|';
        FOR begins IN 2 .. cardinality(words) LOOP
            keys := keys || ' ' || array_to_string(words[begins:], '');
        END LOOP;
    END LOOP;
    RETURN keys;
END $$
"""
"""'|tapungchas| pungchas chas' of 'ta pung chas': written as one word, from each of its words on. What begins with '|'
is at the name's beginning, what begins with a space at a word's, and what ends with '|' is the whole name."""
PLACE_VECTOR = """
CREATE FUNCTION place_vector(keys text) RETURNS tsvector LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN array_to_tsvector(array_remove(string_to_array(translate(keys, '|', ' '), ' '), ''))
"""
"""The same as lexemes, of which an index finds all that begin so."""
KEYS = "place_keys(place_words(name_km), place_words(name_en))"
SHAPES = ("boundary", "point")


def upgrade() -> None:
    """Make them."""
    op.execute(PLACE_WORDS)
    op.execute(PLACE_KEYS)
    op.execute(PLACE_VECTOR)
    op.execute(f'ALTER TABLE area ADD COLUMN search_keys text COLLATE "C" GENERATED ALWAYS AS ({KEYS}) STORED')
    op.create_index(
        "ix_area_search", "area", [sa.text("place_vector(search_keys)")],
        postgresql_using="gin", postgresql_with={"fastupdate": "off"},
    )  # fmt: skip
    op.execute(
        'ALTER TABLE area_period ADD COLUMN search_keys text COLLATE "C"'
        f" GENERATED ALWAYS AS (CASE WHEN valid_to IS NOT NULL THEN {KEYS} END) STORED"
    )
    op.create_index(
        "ix_area_period_former", "area_period", ["area_id"], postgresql_where=sa.text("valid_to IS NOT NULL")
    )
    op.create_table(
        "map_layer",
        sa.Column("shape", sa.Text, primary_key=True),
        sa.Column("level", sa.Text, primary_key=True),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("licence", sa.Text, nullable=False),
        sa.Column("derived", sa.Boolean, nullable=False),
        now_column("imported_at"),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("etag", sa.Text, nullable=False),
        sa.Column("features", sa.Integer, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False),
        text_check("map_layer", "shape", SHAPES),
        text_check("map_layer", "level", LEVELS),
    )
    op.create_table(
        "area_shape",
        sa.Column("shape", sa.Text, primary_key=True),
        sa.Column("level", sa.Text, primary_key=True),
        sa.Column("area_id", sa.Uuid, sa.ForeignKey("area.id"), primary_key=True),
        sa.Column("original", sa.Text),
        sa.Column("web", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(["shape", "level"], ["map_layer.shape", "map_layer.level"], ondelete="CASCADE"),
    )
    op.create_index("ix_area_shape_area_id", "area_shape", ["area_id"])
