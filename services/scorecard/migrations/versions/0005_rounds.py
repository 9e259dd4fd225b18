"""When a round's scoring began, and hints in the examples that nobody uses yet."""

import json
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

EXAMPLES = Path(__file__).resolve().parent.parent / "example_indicator_sets.json"
HINTS = {"hint_km", "hint_en"}
ADD_HINTS = sa.text(
    """
    UPDATE indicator_set SET indicators = :hinted
    WHERE unit_kind = :unit_kind AND version = 1 AND is_example AND indicators = :plain
      AND NOT EXISTS (SELECT FROM round_indicator_set AS used WHERE used.indicator_set_id = indicator_set.id)
    """
).bindparams(sa.bindparam("hinted", type_=JSONB), sa.bindparam("plain", type_=JSONB))
"""A set that a round uses is never changed."""


def upgrade() -> None:
    """Rounds that were opened before took scores at once; one may say that reviews never end by themselves."""
    op.add_column("round", sa.Column("scoring_began_at", sa.DateTime(timezone=True)))
    op.execute("UPDATE round SET scoring_began_at = opened_at")
    op.alter_column("round", "review_days", server_default=None)
    add_hints()


def add_hints() -> None:
    """To the sets that version 0001 shipped without."""
    for example in json.loads(EXAMPLES.read_text(encoding="utf-8"))["sets"]:
        hinted: list[dict[str, Any]] = example["indicators"]
        plain = [{name: text for name, text in entry.items() if name not in HINTS} for entry in hinted]
        op.get_bind().execute(ADD_HINTS, {"unit_kind": example["unit_kind"], "hinted": hinted, "plain": plain})
