"""The columns and rows of results for people who work with spreadsheets."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Literal

from services.scorecard.areas import names_of
from services.scorecard.exports.facts import Fact, facts_of_area, facts_of_unit
from services.scorecard.exports.labels import group_label
from services.scorecard.exports.reading import area_results, unit_results
from services.scorecard.results.models import AreaResult, Result
from services.scorecard.rounds.models import Round
from shared.db import Database
from shared.digits import khmer_digits
from shared.spreadsheets import Column

ExportLevel = Literal["nation", "province", "district", "commune", "unit"]
LENGTHS: Mapping[ExportLevel, int] = {"nation": 0, "province": 2, "district": 4, "commune": 6}
Names = Mapping[str, tuple[str, str]]
Rows = list[list[object]]

NATION = ("ថ្នាក់ជាតិ", "Nation")
UNNAMED = ("", "")

COLUMNS = (
    Column("code", "Code", "លេខកូដ"),
    Column("name_km", "Name (Khmer)", "ឈ្មោះ (ខ្មែរ)"),
    Column("name_en", "Name (English)", "ឈ្មោះ (អង់គ្លេស)"),
    Column("area_code", "Area code", "លេខកូដតំបន់"),
    Column("area_name_km", "Area (Khmer)", "តំបន់ (ខ្មែរ)"),
    Column("area_name_en", "Area (English)", "តំបន់ (អង់គ្លេស)"),
    Column("unit_kind", "Kind of unit", "ប្រភេទអង្គភាព"),
    Column("indicator", "Indicator", "លក្ខណៈវិនិច្ឆ័យ"),
    Column("label_km", "Indicator (Khmer)", "លក្ខណៈវិនិច្ឆ័យ (ខ្មែរ)"),
    Column("label_en", "Indicator (English)", "លក្ខណៈវិនិច្ឆ័យ (អង់គ្លេស)"),
    Column("own", "Added by citizens", "បន្ថែមដោយប្រជាពលរដ្ឋ"),
    Column("group", "Group", "ក្រុម"),
    Column("group_km", "Group (Khmer)", "ក្រុម (ខ្មែរ)"),
    Column("group_en", "Group (English)", "ក្រុម (អង់គ្លេស)"),
    Column("participants", "Participants", "អ្នកចូលរួម"),
    Column("n", "Answers", "ចំនួនចម្លើយ"),
    Column("median", "Median", "មេដ្យាន"),
    Column("mean", "Mean", "មធ្យមភាគ"),
    Column("satisfied", "Share satisfied", "សមាមាត្រអ្នកពេញចិត្ត"),
    Column("satisfied_low", "Share satisfied, from (95 %)", "សមាមាត្រអ្នកពេញចិត្ត ចាប់ពី (៩៥ %)"),
    Column("satisfied_high", "Share satisfied, to (95 %)", "សមាមាត្រអ្នកពេញចិត្ត ដល់ (៩៥ %)"),
    Column("self_score", "Provider's own score", "ពិន្ទុវាយតម្លៃខ្លួនឯង"),
    Column("gap", "Gap", "គម្លាត"),
)


def columns_of(steps: int) -> list[Column]:
    """The columns, with one for each step of the scale."""
    return [
        *COLUMNS,
        *(Column(f"n{step}", f"Scored {step}", f"ដាក់ពិន្ទុ {khmer_digits(step)}") for step in range(1, steps + 1)),
    ]


def steps_of(scored_round: Round) -> int:
    """The most steps of the round's scales."""
    return max((len(entry.scale) for entry in scored_round.indicator_sets), default=5)


async def result_rows(
    database: Database, scored_round: Round, level: ExportLevel, area: str, *, groups: bool
) -> AsyncIterator[Rows]:
    """One row per unit or area, kind and indicator, with `groups` also per group that may be shown.

    Rows are made in a thread: a batch with all groups is tens of thousands.
    """
    if level == "unit":
        async for results in unit_results(database, scored_round.id, area, groups=groups):
            names = await _names(database, [result.area_code for result in results])
            yield await asyncio.to_thread(_rows_of_units, scored_round, results, names, groups)
        return
    async for areas in area_results(database, scored_round.id, area, LENGTHS[level], groups=groups):
        names = await _names(database, [row.area_code for row in areas])
        yield await asyncio.to_thread(_rows_of_areas, scored_round, areas, names, groups)


def _rows_of_units(scored_round: Round, results: Sequence[Result], places: Names, groups: bool) -> Rows:
    sets, steps = {entry.id: entry for entry in scored_round.indicator_sets}, steps_of(scored_round)
    return [
        row_of(fact, (result.unit_name_km, result.unit_name_en), result.area_code, places, steps)
        for result in results
        for fact in facts_of_unit(result, sets[result.indicator_set_id], groups=groups)
    ]


def _rows_of_areas(scored_round: Round, areas: Sequence[AreaResult], places: Names, groups: bool) -> Rows:
    sets, steps = {entry.id: entry for entry in scored_round.indicator_sets}, steps_of(scored_round)
    return [
        row_of(fact, places.get(row.area_code, UNNAMED), row.area_code, places, steps)
        for row in areas
        for fact in facts_of_area(row, sets[row.indicator_set_id], scored_round.village_rule, groups=groups)
    ]


def row_of(fact: Fact, name: tuple[str, str], area_code: str, places: Names, steps: int) -> list[object]:
    """A fact in the order of the columns."""
    distribution = [] if fact.distribution is None else list(fact.distribution)
    satisfied = fact.satisfied
    group = fact.dimension if fact.dimension == "all" else f"{fact.dimension}:{fact.category}"
    return [
        fact.code,
        *name,
        area_code,
        *places.get(area_code, UNNAMED),
        fact.unit_kind,
        fact.indicator["code"],
        fact.indicator["label_km"],
        fact.indicator["label_en"],
        fact.own,
        group,
        *group_label(fact),
        fact.participants,
        fact.n,
        fact.median,
        fact.mean,
        *((satisfied.share, satisfied.low, satisfied.high) if satisfied else (None, None, None)),
        fact.self_score,
        fact.gap,
        *distribution,
        *[None] * (steps - len(distribution)),
    ]


async def _names(database: Database, codes: Sequence[str]) -> Names:
    async with database.transaction() as db:
        return {"": NATION, **await names_of(db, codes)}
