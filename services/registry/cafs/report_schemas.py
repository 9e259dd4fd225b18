"""The facilitators' report: counts alone, for everybody."""

from datetime import date

from pydantic import BaseModel, Field

from services.registry.areas.reported import AreaNamed
from shared.areas import Level


class CafCounts(BaseModel):
    """Facilitators who serve an area today. Shares are whole percent, null where there is nobody."""

    communes: int = Field(examples=[1661])
    communes_without: int = Field(description="Communes without a facilitator")
    communes_below: int = Field(description="Communes with one or two")
    communes_fitting: int = Field(description="Communes with three to five, as the strategy has it")
    communes_above: int = Field(description="Communes with six or more")
    cafs: int = Field(examples=[4982])
    female: int = Field(examples=[3238])
    male: int
    undisclosed: int
    female_percent: int | None = Field(examples=[65])
    communes_women_few: int = Field(description="Communes with facilitators of whom fewer than half are women")
    village_officials: int
    commune_assistants: int
    impartiality: int = Field(description="Village officials, commune assistants, or both", examples=[648])
    impartiality_percent: int | None = Field(examples=[13])
    term_over: int = Field(description="Those who serve though their term is over")
    untrained: int = Field(description="Those whom no recorded training names")
    inactive: int = Field(description="Those of whom a year has brought no sign of work")
    supported: int = Field(description="Those whom an organisation supports")


class CafReportRow(CafCounts, AreaNamed):
    """An area's counts."""


COUNTED = tuple(name for name in CafCounts.model_fields if not name.endswith("_percent"))
"""What is counted; shares follow from it."""


class CafReport(BaseModel):
    """The facilitators who serve today: of the whole area, and of each area of a level in it."""

    as_of: date
    level: Level
    total: CafReportRow
    rows: list[CafReportRow]
