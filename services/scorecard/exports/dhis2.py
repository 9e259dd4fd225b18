"""Published results as DHIS2 takes them: a data value set whose ids are codes.

Data elements are `<kind>_<indicator>_<measure>`, the kind by the letters of its units' codes
(`HC_staff_attitude_mean`), and `<kind>_participants`. DHIS2 gives a data element one combination of categories, so that
each dimension has elements of its own (`HC_staff_attitude_mean_sex`), whose category option combinations are
`<dimension>_<category>` (`sex_female`).
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from typing import Any

from services.scorecard.exports.facts import Fact, facts_of_area, facts_of_unit
from services.scorecard.exports.reading import area_results, unit_results
from services.scorecard.exports.tables import LENGTHS, ExportLevel
from services.scorecard.results.models import AreaResult, Result
from services.scorecard.rounds.models import Round
from shared.db import Database

DATA_SET = "ISAF_SCORECARD"
SCHEMES = ("dataSetIdScheme", "dataElementIdScheme", "orgUnitIdScheme", "categoryOptionComboIdScheme")
SHORT = {"ethnic_minority": "minority"}
"""Dimensions whose name would make a data element longer than the 50 characters that DHIS2 takes."""
Value = dict[str, str]


async def data_value_set(
    database: Database,
    scored_round: Round,
    level: ExportLevel,
    area: str,
    *,
    groups: bool,
    prefixes: Mapping[str, str],
    nation: str,
) -> AsyncIterator[bytes]:
    """The document piece by piece; `nation` is the code of the topmost organisation unit."""
    head: dict[str, Any] = {"dataSet": DATA_SET, "period": str(scored_round.year), **dict.fromkeys(SCHEMES, "CODE")}
    yield json.dumps(head)[:-1].encode() + b', "dataValues": ['
    rows: AsyncIterator[Sequence[Result] | Sequence[AreaResult]] = (
        unit_results(database, scored_round.id, area, groups=groups)
        if level == "unit"
        else area_results(database, scored_round.id, area, LENGTHS[level], groups=groups)
    )
    separator = b"\n"
    async for batch in rows:
        piece = await asyncio.to_thread(_lines, scored_round, batch, groups, prefixes, nation)
        if piece:
            yield separator + piece
            separator = b",\n"
    yield b"\n]}\n"


def _lines(
    scored_round: Round,
    batch: Iterable[Result | AreaResult],
    groups: bool,
    prefixes: Mapping[str, str],
    nation: str,
) -> bytes:
    sets, period = {entry.id: entry for entry in scored_round.indicator_sets}, str(scored_round.year)
    lines = []
    for row in batch:
        questions = sets[row.indicator_set_id]
        if isinstance(row, Result):
            facts = facts_of_unit(row, questions, groups=groups)
        else:
            facts = facts_of_area(row, questions, scored_round.village_rule, groups=groups)
        prefix = prefixes.get(row.unit_kind, row.unit_kind.upper())
        lines += [
            json.dumps(value | {"period": period, "orgUnit": value["orgUnit"] or nation})
            for value in values_of(facts, prefix, row.participants)
        ]
    return ",\n".join(lines).encode()


def values_of(facts: Iterable[Fact], prefix: str, participants: int | None) -> Iterator[Value]:
    """The data values of one row's facts; what is hidden, or the unit's own, is none."""
    first = True
    for fact in facts:
        if first and participants is not None:
            first = False
            yield {"dataElement": f"{prefix}_participants", "orgUnit": fact.code, "value": str(participants)}
        if fact.own:
            continue
        everybody = fact.dimension == "all"
        group = {} if everybody else {"categoryOptionCombo": f"{fact.dimension}_{fact.category}"}
        for measure, value in measures_of(fact).items():
            if value is not None:
                name = element_of(prefix, fact.indicator["code"], measure, fact.dimension)
                yield {"dataElement": name, "orgUnit": fact.code, **group, "value": str(value)}


def element_of(prefix: str, indicator: str, measure: str, dimension: str) -> str:
    """The code of the data element that holds a measure, of everybody or by a dimension."""
    name = f"{prefix}_{indicator}_{measure}"
    return name if dimension == "all" else f"{name}_{SHORT.get(dimension, dimension)}"


def measures_of(fact: Fact) -> dict[str, float | None]:
    """What is sent of each distribution."""
    if not fact.n:
        return {}
    share = fact.satisfied
    measures = {"n": fact.n, "median": fact.median, "mean": fact.mean, "satisfied": share.share if share else None}
    return measures | ({"gap": fact.gap} if fact.dimension == "all" else {})
