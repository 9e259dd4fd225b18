"""A round's open data package, sent while it is made: results batch by batch, and last what describes them."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.scorecard.areas import names_of
from services.scorecard.exports.facts import Fact, facts_of_area, facts_of_unit
from services.scorecard.exports.package import NATION, Resource, Written, described, resources_of
from services.scorecard.exports.reading import area_results, unit_results
from services.scorecard.exports.tables import steps_of
from services.scorecard.results.models import AreaResult, Result
from services.scorecard.rounds.models import Round
from shared.db import Database
from shared.spreadsheets import csv_lines
from shared.zips import ZipStream

FORMAT = 1
"""Counted up when the package of unchanged results becomes another."""
LEVELS = {0: "nation", 2: "province", 4: "district", 6: "commune"}
STATE = text(
    """
    SELECT (SELECT max(greatest(published_at, withdrawn_at)) FROM result WHERE round_id = :round_id) AS newest,
           (SELECT count(*) FROM result WHERE round_id = :round_id AND withdrawn_at IS NULL) AS results,
           (SELECT sum(version) FROM area_result WHERE round_id = :round_id AND area_code = '') AS sums,
           (SELECT sum(version) FROM area WHERE length(code) <= 6) AS names
    """
)
Rows = Iterable[Sequence[object]]


@dataclass(frozen=True, slots=True)
class Edition:
    """Which results a package holds."""

    at: datetime | None
    """Those published until then; None while nothing was published."""
    etag: str


async def edition_of(db: AsyncSession, scored_round: Round, licence: str = "") -> Edition:
    """The present one, of a package under a licence or of other files."""
    state = (await db.execute(STATE, {"round_id": scored_round.id})).one()
    of_round = (FORMAT, licence, scored_round.id, scored_round.version)
    digest = hashlib.sha256(repr((*of_round, *state)).encode()).hexdigest()
    return Edition(state.newest, f'"{digest[:32]}"')


async def open_data(database: Database, scored_round: Round, at: datetime, licence: str) -> AsyncIterator[bytes]:
    """The zip piece by piece, of results published until `at`; the same edition gives the same bytes."""
    stream = ZipStream(at)
    tables: list[tuple[Resource, Written]] = []
    for resource in resources_of(steps_of(scored_round)):
        digest, size = hashlib.sha256(), 0
        stream.begin(resource.path)
        async for batch in _batches(database, scored_round, at, resource):
            content = await asyncio.to_thread(csv_lines, batch)
            digest.update(content)
            size += len(content)
            await asyncio.to_thread(stream.write, content)
            yield stream.taken()
        tables.append((resource, Written(size, digest.hexdigest())))
    document = described(scored_round, licence, at, tables)
    stream.add("datapackage.json", json.dumps(document, ensure_ascii=False, indent=2).encode())
    stream.close()
    yield stream.taken()


async def _batches(database: Database, scored_round: Round, at: datetime, resource: Resource) -> AsyncIterator[Rows]:
    """A resource's header, then its rows."""
    yield [resource.header]
    if resource.name == "indicators":
        yield _indicators(scored_round)
    elif resource.name == "areas":
        async for rows in _areas(database, scored_round):
            yield rows
    elif resource.name.startswith("area"):
        groups = resource.name == "area-groups"
        async for areas in area_results(database, scored_round.id, "", None, groups=groups):
            yield await asyncio.to_thread(_facts, scored_round, resource, areas, groups)
    else:
        groups = resource.name == "unit-groups"
        async for results in unit_results(database, scored_round.id, "", groups=groups, at=at):
            if resource.name == "units":
                yield [_unit(result) for result in results]
            else:
                yield await asyncio.to_thread(_facts, scored_round, resource, results, groups)


def _indicators(scored_round: Round) -> Rows:
    return [
        [
            questions.unit_kind,
            indicator["code"],
            indicator["label_km"],
            indicator["label_en"],
            position,
            questions.version,
            len(questions.scale),
            questions.satisfied_from,
        ]
        for questions in scored_round.indicator_sets
        for position, indicator in enumerate(questions.indicators, start=1)
    ]


async def _areas(database: Database, scored_round: Round) -> AsyncIterator[Rows]:
    """All areas that results name: those that lie above units too, and what is no more."""
    async with database.transaction() as db:
        here = col(AreaResult.round_id) == scored_round.id
        codes = set(await db.scalars(select(col(AreaResult.area_code)).where(here).distinct()))
        names = await names_of(db, codes)
    names[""] = ("ថ្នាក់ជាតិ", "Nation")
    yield [[code or NATION, LEVELS[len(code)], *names.get(code, ("", ""))] for code in sorted(codes)]


def _unit(result: Result) -> list[object]:
    return [
        result.unit_code,
        result.unit_kind,
        result.unit_name_km,
        result.unit_name_en,
        result.area_code,
        result.participants,
        _boolean(result.suppressed),
        _boolean(result.below_minimum),
        result.version,
        result.published_at.isoformat() if result.published_at else None,
    ]


def _facts(scored_round: Round, resource: Resource, rows: Iterable[Result | AreaResult], groups: bool) -> Rows:
    """The rows of a resource of results; with groups, the groups alone."""
    sets = {entry.id: entry for entry in scored_round.indicator_sets}
    made: list[list[object]] = []
    for row in rows:
        questions = sets[row.indicator_set_id]
        if isinstance(row, Result):
            facts = facts_of_unit(row, questions, groups=groups)
        else:
            facts = facts_of_area(row, questions, scored_round.village_rule, groups=groups)
        made += _lines(facts, resource.header, groups)
    return made


def _lines(facts: Iterable[Fact], header: Sequence[str], groups: bool) -> Iterator[list[object]]:
    for fact in facts:
        if (fact.dimension != "all") is groups:
            values = _values(fact)
            yield [values.get(name) for name in header]


def _values(fact: Fact) -> dict[str, Any]:
    share = fact.satisfied
    counts = {f"n{step}": count for step, count in enumerate(fact.distribution or (), start=1)}
    return counts | {
        "area_code": fact.code or NATION,
        "unit_code": fact.code,
        "unit_kind": fact.unit_kind,
        "indicator": fact.indicator["code"],
        "own": _boolean(fact.own),
        "label_km": fact.indicator["label_km"],
        "label_en": fact.indicator["label_en"],
        "dimension": fact.dimension,
        "category": fact.category,
        "participants": fact.participants,
        "n": fact.n,
        "median": fact.median,
        "mean": fact.mean,
        "satisfied": share.share if share else None,
        "satisfied_low": share.low if share else None,
        "satisfied_high": share.high if share else None,
        "self_score": fact.self_score,
        "gap": fact.gap,
    }


def _boolean(value: bool) -> str:
    """As Table Schema reads it."""
    return "true" if value else "false"
