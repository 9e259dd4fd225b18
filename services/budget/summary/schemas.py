"""What goes out about an area's money."""

from typing import Annotated

from pydantic import BaseModel, Field


class SourceTotals(BaseModel):
    """One source of funds in an area, in riel."""

    fund_source: Annotated[str, Field(examples=["commune_fund"])]
    envelopes: Annotated[int, Field(description="Set aside by bodies in the area")]
    allocated: Annotated[int, Field(description="Given to actions in the area, also by bodies above it")]


class ChildTotals(BaseModel):
    """One area a level below, in riel."""

    area_code: str
    name_km: str
    name_en: str
    asked: int
    allocated: int
    unfunded: int


class Summary(BaseModel):
    """What an area's actions asked for and were given in a year, and who pays, in riel."""

    year: int
    area_code: str
    asked: Annotated[int, Field(description="Requested by actions that were not dropped")]
    allocated: int
    unfunded: int
    envelopes_total: Annotated[int, Field(description="Set aside by bodies in the area")]
    envelopes_available: int
    by_source: list[SourceTotals]
    by_child: list[ChildTotals]
