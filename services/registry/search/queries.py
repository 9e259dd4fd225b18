"""The search itself: one pass over the keys of all areas.

Measured over 16,459 areas: 4 ms for a name, 6 ms for two letters, whatever is typed; trigrams would do nothing for the
first two letters and need an extension that the service's role may not install.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.search.reading import Container, Reading
from services.registry.search.schemas import MATCHES, Above, Hit
from shared.areas import LEVELS, Level, prefix_range

CODE, NAME, BEGINNING, WORD, INSIDE, FORMER = range(len(MATCHES))
UPPER = """
    upper AS MATERIALIZED (
        SELECT code, parent_code, level, replace(search_keys, '|', ' ') AS keys FROM area WHERE level <> 'village'
    ),
"""
INSIDE_OF = """
    {name} AS MATERIALIZED (
        WITH own AS (SELECT code FROM upper WHERE {fits}),
             below AS (SELECT code FROM upper WHERE parent_code IN (SELECT code FROM own))
        SELECT code FROM own UNION ALL SELECT code FROM below
        UNION ALL SELECT code FROM upper WHERE parent_code IN (SELECT code FROM below)
    ),
"""
"""The areas with a name of which a word begins so, and all below them: what has one of these above it lies in one."""
FIND = """
    WITH {inside} now AS MATERIALIZED (
        SELECT id, tier FROM (
            SELECT id, code, level, least({tiers}) AS tier FROM area WHERE {hopeful} AND {scope} OFFSET 0
        ) AS tried
        WHERE tier IS NOT NULL
        ORDER BY tier, array_position(CAST(:levels AS text[]), level), code, id
        LIMIT :limit
    ), formerly AS MATERIALIZED (
        SELECT area_id AS id FROM area_period
        WHERE valid_to IS NOT NULL AND {hopeful} AND least({tiers}) IS NOT NULL
          AND area_id IN (SELECT id FROM area WHERE {scope})
        LIMIT 1000
    ), hit AS (
        SELECT id, min(tier) AS tier
        FROM (SELECT id, tier FROM now UNION ALL SELECT id, {former} FROM formerly) AS found
        GROUP BY id
    )
    SELECT area.id, area.code, area.level, area.parent_code, area.name_km, area.name_en, area.status, tier,
           {columns}
    FROM hit JOIN area USING (id) {above}
    ORDER BY tier, array_position(CAST(:levels AS text[]), area.level), area.code, area.id
    LIMIT :limit
"""
ABOVE = """
    LEFT JOIN LATERAL (
        SELECT code, level, parent_code, name_km, name_en FROM area AS found
        WHERE found.code = {below}.parent_code ORDER BY status DESC, id LIMIT 1
    ) AS {name} ON true
"""
STEPS = ("above_1", "above_2", "above_3")


@dataclass(frozen=True, slots=True)
class Scope:
    """Where to look."""

    level: Level | None
    within: str
    closed: bool


async def find_hits(db: AsyncSession, readings: Sequence[Reading], scope: Scope, limit: int) -> list[Hit]:
    """The best areas for any of the readings, best first."""
    if not readings:
        return []
    search = _Search()
    tiers = [search.tier(reading) for reading in readings]
    statement = FIND.format(
        inside=UPPER + "".join(search.inside.values()) if search.inside else "",
        tiers=", ".join(tiers),
        hopeful=search.hopeful(readings),
        scope=" AND ".join(search.scope(scope)) or "true",
        former=FORMER * 2,
        columns=", ".join(f"{step}.{part} AS {step}_{part}" for step in STEPS for part in Above.model_fields),
        above="".join(
            ABOVE.format(below=below, name=step) for below, step in zip(("area", *STEPS), STEPS, strict=False)
        ),
    )
    values = search.values | {"levels": list(LEVELS), "limit": limit}
    return [_hit(row) for row in (await db.execute(text(statement), values)).mappings()]


class _Search:
    """The parts of the statement, and the values bound in them; equal values are bound once."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.inside: dict[str, str] = {}
        self._names: dict[str, str] = {}

    def bind(self, value: str) -> str:
        """The value as SQL."""
        name = self._names.setdefault(value, f"v{len(self._names)}")
        self.values[name] = value
        return f"CAST(:{name} AS text)"

    def tier(self, reading: Reading) -> str:
        """How well an area fits a reading, as SQL; NULL when it does not.

        Twice the match, and one more where other words name what it lies in: a name of all the words comes first.
        """
        place = reading.place
        whole, beginning, word = (self.bind(key) for key in (f"|{place}|", f"|{place}", f" {place}"))
        cases = [
            f"WHEN strpos(search_keys, {whole}) > 0 THEN {NAME}",
            f"WHEN strpos(search_keys, {beginning}) > 0 THEN {BEGINNING}",
            f"WHEN strpos(search_keys, {word}) > 0 THEN {WORD}",
        ]
        if len(place) > 1:
            cases.append(f"WHEN strpos(search_keys, {self.bind(place)}) > 0 THEN {INSIDE}")
        if place.isdecimal():
            cases = [
                f"WHEN code = {self.bind(place)} THEN {CODE}",
                f"WHEN {self._code_begins(place)} THEN {BEGINNING}",
                *cases,
            ]
        conditions = [self._lies_in(container) for container in reading.containers]
        if reading.level is not None:
            conditions.append(f"level = {self.bind(reading.level)}")
        fit = f"CASE {' '.join(cases)} END * 2 + {int(bool(reading.containers))}"
        return f"CASE WHEN {' AND '.join(conditions) or 'true'} THEN {fit} END"

    def hopeful(self, readings: Sequence[Reading]) -> str:
        """A quick look that spares most areas the whole test: the shortest names that any reading gives the place."""
        places = {reading.place for reading in readings}
        short = {place for place in places if not any(other in place for other in places - {place})}
        ways = [
            f"strpos(search_keys, {self.bind(key)}) > 0"
            for place in sorted(short)
            for key in ([place] if len(place) > 1 else [f"|{place}", f" {place}"])
        ]
        ways += [self._code_begins(place) for place in sorted(places) if place.isdecimal()]
        return f"({' OR '.join(ways)})"

    def scope(self, scope: Scope) -> list[str]:
        """Where to look; a village counts where its commune is when its code says otherwise."""
        conditions = [] if scope.closed else ["status = 'open'"]
        if scope.level is not None:
            conditions.append(f"level = {self.bind(scope.level)}")
        if scope.within:
            low, high = (self.bind(bound) for bound in prefix_range(scope.within))
            place = "CASE WHEN starts_with(code, coalesce(parent_code, '')) THEN code ELSE parent_code END"
            conditions.append(f"({place} >= {low} AND {place} < {high})")
        return conditions

    def _code_begins(self, digits: str) -> str:
        low, high = (self.bind(bound) for bound in prefix_range(digits))
        return f"(code >= {low} AND code < {high})"

    def _lies_in(self, container: Container) -> str:
        """Whether each of the words begins one of a name above."""
        return " AND ".join(self._inside_of(word, container.level) for word in container.words)

    def _inside_of(self, word: str, level: Level | None) -> str:
        fits = f"strpos(keys, {self.bind(f' {word}')}) > 0"
        if word.isdecimal():
            fits = f"({fits} OR {self._code_begins(word)})"
        if level is not None:
            fits += f" AND level = {self.bind(level)}"
        if fits not in self.inside:
            self.inside[fits] = INSIDE_OF.format(name=f"inside_{len(self.inside)}", fits=fits)
        name = f"inside_{list(self.inside).index(fits)}"
        return f"parent_code IN (SELECT code FROM {name})"  # noqa: S608


def _hit(row: Any) -> Hit:
    path = [
        Above(**{part: row[f"{step}_{part}"] for part in Above.model_fields})
        for step in STEPS
        if row[f"{step}_code"] is not None
    ]
    own = {name: row[name] for name in ("id", "code", "level", "parent_code", "name_km", "name_en", "status")}
    return Hit(**own, match=MATCHES[row["tier"] // 2], path=path)
