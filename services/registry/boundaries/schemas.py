"""What clients read of maps and of imports."""

from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.registry.boundaries.importing import Plan
from services.registry.boundaries.matching import Candidate, Reason, Unmatched
from services.registry.boundaries.models import MapLayer, Shape
from services.registry.boundaries.preparing import Chosen
from services.registry.boundaries.refusals import feature_words
from shared.areas import Level
from shared.errors import FieldError

LISTED_AT_MOST = 500
"""Lists in the answer are cut there; the counts beside them are whole."""


class MapRead(BaseModel):
    """The map of a level: where it comes from, under which licence, and how large its document is."""

    level: Level
    features: int = Field(examples=[1646])
    source: str = Field(examples=["Department of Geography, 2024"])
    licence: str = Field(examples=["CC BY 4.0"])
    derived: bool = Field(description="Points found inside the boundaries, not given")
    imported_at: datetime
    etag: str = Field(description='As in the document\'s ETag: `"…"`')
    bytes: int = Field(description="Of the document, before compression", examples=[1_404_112])
    compressed_bytes: int = Field(examples=[402_115])

    @classmethod
    def of(cls, layer: MapLayer) -> Self:
        """Show a layer."""
        return cls(
            level=layer.level,
            features=layer.features,
            source=layer.source,
            licence=layer.licence,
            derived=layer.derived,
            imported_at=layer.imported_at,
            etag=layer.etag,
            bytes=layer.size,
            compressed_bytes=len(layer.document),
        )


class MapsRead(BaseModel):
    """The levels of which there is a map, from provinces down."""

    items: list[MapRead]


class FeatureProblem(BaseModel):
    """What is wrong with one feature, which stands at this place in the file (from 1)."""

    row: int
    column: str = Field(examples=["geometry"])
    code: str = Field(examples=["axes_swapped"])
    detail_en: str
    detail_km: str


class Repair(BaseModel):
    """A geometry that was put right, and what was wrong: a self-intersection, for example, with its place."""

    row: int
    reason: str = Field(examples=["Self-intersection[104.5 11.2]"])


class UnmatchedRead(BaseModel):
    """A feature that is left out, as no area, or no single one, answers to it."""

    row: int
    reason: Reason
    code: str | None
    names: list[str]
    parent: str | None

    @classmethod
    def of(cls, unmatched: Unmatched) -> Self:
        """Show a feature without an area."""
        feature = unmatched.feature
        return cls(
            row=feature.row, reason=unmatched.reason, code=feature.code, names=feature.names, parent=feature.parent
        )


class MissingRead(BaseModel):
    """An area that the file does not have."""

    id: UUID
    code: str

    @classmethod
    def of(cls, area: Candidate) -> Self:
        """Show an area."""
        return cls(id=area.id, code=area.code)


class Replaced(BaseModel):
    """The map that the file takes the place of."""

    source: str
    licence: str
    imported_at: datetime
    features: int


class MapImportRead(BaseModel):
    """What an import does, or would do. Problems forbid it; features without an area are left out."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "dry_run": True,
                    "level": "commune",
                    "shape": "boundary",
                    "properties": {"code": "COM_CODE", "names": ["COM_NAME"], "parent": "DIS_CODE"},
                    "features": 1647,
                    "matched": 1646,
                    "unmatched_count": 1,
                    "unmatched": [
                        {"row": 12, "reason": "code_unknown", "code": "020299", "names": ["Ta Pung"], "parent": "0202"}
                    ],
                    "missing_count": 1,
                    "missing": [{"id": "019ab2c4-5b1e-7c3a-9a51-0f4d2a6c1b20", "code": "020201"}],
                    "repaired_count": 1,
                    "repaired": [{"row": 40, "reason": "Self-intersection[104.5 11.2]"}],
                    "borders_apart": 0,
                    "problems_count": 0,
                    "problems": [],
                    "replaces": None,
                    "digest": "5f2c9e015f2c9e015f2c9e015f2c9e01",
                }
            ]
        }
    )

    dry_run: bool
    level: Level
    shape: Shape
    properties: Chosen = Field(description="The properties that were read, as the file spells them")
    features: int
    matched: int
    unmatched_count: int
    unmatched: list[UnmatchedRead]
    missing_count: int = Field(description="Areas of the level that the file does not have")
    missing: list[MissingRead]
    repaired_count: int
    repaired: list[Repair]
    borders_apart: int = Field(description="Features with a border that overlaps a neighbour or leaves a gap")
    problems_count: int
    problems: list[FeatureProblem]
    replaces: Replaced | None
    digest: str = Field(description="Of file, parameters and outcome: send it to apply what was reviewed")

    @classmethod
    def of(cls, plan: Plan, *, dry_run: bool) -> Self:
        """Show a plan."""
        problems = problems_of(plan)
        repaired = [feature for feature in plan.prepared.features if feature.repaired]
        return cls(
            dry_run=dry_run,
            level=plan.level,
            shape=plan.prepared.shape,
            properties=plan.prepared.properties,
            features=len(plan.prepared.features),
            matched=len(plan.matches.areas),
            unmatched_count=len(plan.matches.unmatched),
            unmatched=[UnmatchedRead.of(one) for one in plan.matches.unmatched[:LISTED_AT_MOST]],
            missing_count=len(plan.missing),
            missing=[MissingRead.of(area) for area in plan.missing[:LISTED_AT_MOST]],
            repaired_count=len(repaired),
            repaired=[Repair(row=one.row, reason=one.repaired or "") for one in repaired[:LISTED_AT_MOST]],
            borders_apart=plan.prepared.borders_apart,
            problems_count=len(problems),
            problems=problems[:LISTED_AT_MOST],
            replaces=Replaced.model_validate(plan.replaces) if plan.replaces else None,
            digest=plan.digest,
        )


def problems_of(plan: Plan) -> list[FeatureProblem]:
    """What forbids an import, in the order of the file."""
    found = [_problem(feature.row, "geometry", str(feature.flaw)) for feature in plan.flawed]
    column = plan.prepared.properties.code or "name"
    found += [_problem(row, column, "area_repeated", area.code) for row, area in plan.repeated.items()]
    if not plan.matches.areas:
        found.append(_problem(0, column, "no_area_matches"))
    return sorted(found, key=lambda problem: problem.row)


def field_errors(problems: list[FeatureProblem]) -> list[FieldError]:
    """The same as the errors of a refusal, with pointers into the file."""
    return [
        FieldError(f"/features/{one.row - 1}" if one.row else "/features", one.code, one.detail_en, one.detail_km)
        for one in problems
    ]


def _problem(row: int, column: str, code: str, detail: str = "") -> FeatureProblem:
    words = feature_words(code, detail)
    return FeatureProblem(row=row, column=column, code=code, detail_en=words.en, detail_km=words.km)
