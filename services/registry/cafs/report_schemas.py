"""The facilitators' report: counts alone, for everybody."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from services.registry.areas.reported import AreaNamed
from shared.areas import Level
from shared.schemas import Trusted


class CafCounts(TypedDict):
    """Facilitators who serve an area today."""

    communes: Annotated[int, Field(examples=[1661])]
    communes_without: Annotated[int, Field(description="Communes without a facilitator")]
    communes_below: Annotated[int, Field(description="Communes with one or two")]
    communes_fitting: Annotated[int, Field(description="Communes with three to five, as the strategy has it")]
    communes_above: Annotated[int, Field(description="Communes with six or more")]
    communes_women_few: Annotated[
        int, Field(description="Communes with facilitators of whom fewer than half are women")
    ]
    cafs: Annotated[int, Field(examples=[4982])]
    female: Annotated[int, Field(examples=[3238])]
    male: int
    undisclosed: int
    village_officials: int
    commune_assistants: int
    impartiality: Annotated[int, Field(description="Village officials, commune assistants, or both", examples=[648])]
    term_over: Annotated[int, Field(description="Those who serve though their term is over")]
    untrained: Annotated[int, Field(description="Those whom no recorded training names")]
    inactive: Annotated[int, Field(description="Those of whom a year has brought no sign of work")]
    supported: Annotated[int, Field(description="Those whom an organisation supports")]


class CafReportRow(AreaNamed, CafCounts):
    """Facilitators who serve an area today. Shares are whole percent, null where there is nobody."""

    female_percent: Annotated[int | None, Field(examples=[65])]
    impartiality_percent: Annotated[int | None, Field(examples=[13])]


COUNTED = tuple(CafCounts.__annotations__)
"""What is counted, in the order of the statement's columns; shares follow from it."""


class CafReport(BaseModel):
    """The facilitators who serve today: of the whole area, and of each area of a level in it."""

    as_of: date
    level: Level
    total: CafReportRow
    rows: Trusted[list[CafReportRow]]
