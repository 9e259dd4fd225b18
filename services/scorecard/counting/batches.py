"""Counting one batch of the queue, and making a round's sums anew; each in one transaction of the worker's session.

What is only computed is computed in a thread, so that the requests of the same process wait for it no longer than for
one another.
"""

import asyncio
import json
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import asyncpg

from services.scorecard.counting import statements
from services.scorecard.counting.adding import (
    AreaChange,
    AreaKey,
    Change,
    CountedUnit,
    Queued,
    Sums,
    VillageKey,
    add_up,
)
from services.scorecard.counting.shown import Standing

Session = asyncpg.Connection
AT_ONCE = 500
"""Rows looked at before others get a turn."""


async def count_batch(session: Session, most: int) -> tuple[int, list[tuple[Queued, str]]]:
    """Take rows from the queue and count them: how many were taken, and those that fit nothing, which are set aside."""
    async with session.transaction():
        rows = [Queued(*row) for row in await session.fetch(statements.TAKE, most)]
        if not rows:
            return 0, []
        places = {(row.round_id, row.unit_code) for row in rows}
        found = await session.fetch(
            statements.UNITS_OF_BATCH, [place[0] for place in places], [place[1] for place in places]
        )
        sums = await asyncio.to_thread(lambda: add_up(units_of(found), rows))
        await store(session, sums)
        return len(rows), sums.misfits


async def set_first_aside(session: Session, reason: str) -> Queued:
    """Set aside the oldest row, which the database would not count."""
    async with session.transaction():
        (row,) = [Queued(*row) for row in await session.fetch(statements.TAKE, 1)]
        await session.execute(statements.SET_ASIDE, *row, reason)
        return row


def units_of(rows: Iterable[asyncpg.Record]) -> dict[tuple[UUID, str], CountedUnit]:
    """The units with what was counted for each of their villages."""
    units: dict[tuple[UUID, str], CountedUnit] = {}
    for row in rows:
        place = (row["round_id"], row["unit_code"])
        if place not in units:
            units[place] = CountedUnit(
                *place,
                unit_kind=row["unit_kind"],
                area_code=row["area_code"],
                indicators=row["indicator_count"],
                own_indicators=row["own_indicators"],
                steps=row["steps"],
                threshold=row["suppression_threshold"],
            )
        if row["village_code"] is not None:
            units[place].before[row["village_code"]] = Standing(
                row["ballots"], row["tallied"], row["counts"], row["people"]
            )
    return units


async def store(session: Session, sums: Sums) -> None:
    """Add a batch to the histograms of its units and areas, and keep what fits nothing."""
    units, areas = await asyncio.to_thread(to_json, sums)
    if sums.villages:
        await session.execute(statements.ADD_TO_UNITS, units)
    if sums.own_areas:
        await session.execute(statements.ADD_TO_AREAS, areas)
    if sums.misfits:
        await session.executemany(statements.SET_ASIDE, [(*row, reason) for row, reason in sums.misfits])


def to_json(sums: Sums) -> tuple[str, str]:
    """The changes of villages and of areas, as ADD_TO_UNITS and ADD_TO_AREAS read them.

    Each row is written by itself: json.dumps lets no other thread have a turn.
    """
    villages = (json.dumps(village_row(key, sums.villages[key])) for key in sorted(sums.villages))
    changes = sums.areas()
    areas = (json.dumps(area_row(key, changes[key])) for key in sorted(changes))
    return f"[{','.join(villages)}]", f"[{','.join(areas)}]"


def village_row(key: VillageKey, change: Change) -> dict[str, Any]:
    """What is added to a village's histogram."""
    round_id, unit_code, village_code = key
    return {
        "round_id": str(round_id),
        "unit_code": unit_code,
        "village_code": village_code,
        "ballots": change.ballots,
        "tallied": change.tallied,
        "width": change.width,
        **_cells("counts", change.counts()),
        **_cells("people", change.people),
        **_cells("slot_counts", change.slot_counts()),
    }


def area_row(key: AreaKey, change: AreaChange) -> dict[str, Any]:
    """What is added to an area's sums."""
    round_id, area_code, unit_kind = key
    return {
        "round_id": str(round_id),
        "area_code": area_code,
        "unit_kind": unit_kind,
        "units_scored": change.units_scored,
        "ballots": change.ballots,
        "tallied": change.tallied,
        "width": change.width,
        **_cells("counts", change.cells[: change.width]),
        **_cells("people", change.cells[change.width :]),
    }


def _cells(name: str, changes: Sequence[int]) -> dict[str, list[int]]:
    """Only what changes, by position."""
    at = [cell for cell, number in enumerate(changes) if number]
    return {f"{name}_at": at, name: [changes[cell] for cell in at]}


async def recount_areas(session: Session, round_id: UUID) -> None:
    """Add a round's areas up anew, from the histograms of its units and where these are now."""
    sums = Sums()
    await session.execute(statements.EMPTY_AREAS, round_id)
    rows: list[asyncpg.Record] = []
    async for row in session.cursor(statements.UNITS_OF_ROUND, round_id, prefetch=AT_ONCE):
        if rows and row["unit_code"] != rows[0]["unit_code"]:
            _add_whole(sums, rows)
            rows = []
        rows.append(row)
    _add_whole(sums, rows)
    await store(session, sums)


def _add_whole(sums: Sums, rows: list[asyncpg.Record]) -> None:
    for unit in units_of(rows).values():
        sums.follow(unit, Standing(counts=[0] * unit.width), Standing.of(unit.before.values(), unit.width))
