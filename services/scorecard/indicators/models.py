"""Indicator sets; a set is never changed, only followed by the next version of its kind."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.scorecard.tables import INSTANT, UUID_V7, Table

SCALE: list[dict[str, Any]] = [
    {"value": 1, "label_km": "មិនពេញចិត្តខ្លាំង", "label_en": "Very dissatisfied"},
    {"value": 2, "label_km": "មិនពេញចិត្ត", "label_en": "Dissatisfied"},
    {"value": 3, "label_km": "ទទួលយកបាន", "label_en": "Acceptable"},
    {"value": 4, "label_km": "ពេញចិត្ត", "label_en": "Satisfied"},
    {"value": 5, "label_km": "ពេញចិត្តខ្លាំង", "label_en": "Very satisfied"},
]
"""The rating scale of the ISAF scorecard; kept with each set, so that a later scale leaves old results readable."""
SATISFIED_FROM = 4
LABELS = ("label_km", "label_en")


class IndicatorSet(Table, table=True):
    """The questions for one kind of unit; an indicator keeps its code across versions, so that years compare."""

    __tablename__: ClassVar[str] = "indicator_set"

    id: UUID = Field(default=None, primary_key=True, sa_column_kwargs={"server_default": UUID_V7})
    unit_kind: str = Field(sa_type=Text)
    version: int
    title_km: str = Field(sa_type=Text)
    title_en: str = Field(sa_type=Text)
    scale: list[dict[str, Any]] = Field(sa_type=JSONB)
    indicators: list[dict[str, Any]] = Field(sa_type=JSONB)
    satisfied_from: int = SATISFIED_FROM
    """The step of the scale from which on a citizen is satisfied."""
    is_example: bool = False
    created_at: datetime = Field(sa_type=INSTANT)

    def changes_from(self, before: "IndicatorSet") -> dict[str, Any]:
        """What became of the indicators, each of which is known by its code; the lists are in the order of the sets."""
        old = {indicator["code"]: indicator for indicator in before.indicators}
        new = {indicator["code"]: indicator for indicator in self.indicators}
        kept = [code for code in new if code in old]
        return {
            "version": before.version,
            "kept": kept,
            "added": [code for code in new if code not in old],
            "dropped": [code for code in old if code not in new],
            "reworded": [code for code in kept if any(new[code][name] != old[code][name] for name in LABELS)],
            "same_scale": [step["value"] for step in self.scale] == [step["value"] for step in before.scale],
        }
