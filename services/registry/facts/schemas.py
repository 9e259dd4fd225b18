"""What clients send and read of facts."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StrictFloat, StrictInt

from services.registry.areas.codes import ShownCode
from services.registry.data_elements.models import DataElement, FactValue, Group, ValueType
from services.registry.data_elements.schemas import ElementCode
from services.registry.facts.models import FactSheet, SheetStatus
from services.registry.facts.values import LONGEST_TEXT
from services.registry.units.models import Unit
from shared.areas import UnitCode
from shared.schemas import Input, LongText, ShortText, Year

MOST_FACTS = 200
MOST_AT_ONCE = 500
Number = Annotated[StrictFloat, Field(allow_inf_nan=False)]
Value = StrictInt | Number | Annotated[ShortText, Field(max_length=LONGEST_TEXT)]


class FactInput(Input):
    """A fact: a whole number for a count or riel, a number up to 100 for a percent, or a text."""

    value: Value = Field(examples=[8412])
    target: Value | None = Field(default=None, description="What was aimed at", examples=[9000])


class FactsInput(Input):
    """All facts of the unit's year by their data elements; what is left out is not known."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"facts": {"outpatients": {"value": 8412, "target": 9000}}}]}
    )

    facts: dict[ElementCode, FactInput] = Field(max_length=MOST_FACTS)

    def stored(self) -> dict[str, dict[str, Any]]:
        """As the sheet keeps them."""
        return {code: fact.model_dump(exclude_none=True) for code, fact in self.facts.items()}


class Returning(Input):
    """Why facts are given back."""

    reason: LongText = Field(examples=["The budget lacks the income from fees."])


class FactRead(BaseModel):
    """A data element with the unit's value; null where it is not known."""

    code: str = Field(examples=["outpatients"])
    group: Group
    value_type: ValueType
    name_km: str
    name_en: str
    unit_km: str | None
    unit_en: str | None
    value: FactValue | None = Field(examples=[8412])
    target: FactValue | None
    previous: FactValue | None = Field(description="The approved value of the year before")


class FactSheetRead(BaseModel):
    """The facts of a unit's year."""

    unit_code: str = Field(examples=["HC-020201-1"])
    kind: str
    year: int = Field(examples=[2026])
    status: SheetStatus | None = Field(description="Null where nothing was entered yet")
    facts: list[FactRead]
    missing: list[str] = Field(description="The data elements without a value", examples=[["midwives"]])
    entered_by: UUID | None
    submitted_by: UUID | None
    submitted_at: datetime | None
    settled_by: UUID | None = Field(description="Who approved or returned it")
    settled_at: datetime | None
    return_reason: str | None
    version: int = Field(description="0 where nothing was entered yet")

    @classmethod
    def of(
        cls,
        unit: Unit,
        year: int,
        sheet: FactSheet | None,
        elements: Sequence[DataElement],
        previous: Mapping[str, Mapping[str, Any]],
    ) -> Self:
        """Show a unit's year, also where nothing was entered, with the approved facts of the year before."""
        known: Mapping[str, Mapping[str, Any]] = sheet.facts if sheet else {}
        kept = ("entered_by", "submitted_by", "submitted_at", "settled_by", "settled_at", "return_reason")
        return cls.model_validate(
            {name: getattr(sheet, name, None) for name in kept}
            | {
                "unit_code": unit.code,
                "kind": unit.kind,
                "year": year,
                "status": sheet.status if sheet else None,
                "version": sheet.version if sheet else 0,
                "facts": [_shown(element, known, previous) for element in elements],
                "missing": [element.code for element in elements if element.code not in known],
            }
        )


class FactSheetItem(BaseModel):
    """A unit's year in a list."""

    unit_code: str = Field(examples=["HC-020201-1"])
    kind: str
    area_code: ShownCode
    name_km: str
    name_en: str
    year: int
    status: SheetStatus
    facts: int = Field(description="How many are known", examples=[9])
    submitted_by: UUID | None
    submitted_at: datetime | None
    version: int


class Approvals(Input):
    """Whose facts of a year are approved."""

    year: Year
    unit_codes: list[UnitCode] = Field(min_length=1, max_length=MOST_AT_ONCE, examples=[["HC-020201-1"]])
    versions: dict[UnitCode, int] = Field(
        default={},
        max_length=MOST_AT_ONCE,
        description="Of what was looked at, by unit: one that changed since is rejected",
        examples=[{"HC-020201-1": 3}],
    )


class Approved(BaseModel):
    """What came of one unit."""

    unit_code: str
    outcome: Literal["accepted", "rejected"]
    code: str | None = Field(description="Why it was rejected", examples=["facts_not_in_state"])
    detail_km: str | None
    detail_en: str | None


def _shown(
    element: DataElement, known: Mapping[str, Mapping[str, Any]], previous: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    fact = known.get(element.code, {})
    shown = ("code", "group", "value_type", "name_km", "name_en", "unit_km", "unit_en")
    return {name: getattr(element, name) for name in shown} | {
        "value": fact.get("value"),
        "target": fact.get("target"),
        "previous": previous.get(element.code, {}).get("value"),
    }
