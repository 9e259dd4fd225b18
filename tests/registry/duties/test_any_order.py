"""Whatever is done to bodies, meetings, duties and areas, in any order: what is kept is what the rule makes of it."""

from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from services.registry.duties.windows import DAY, Duty, Window, fulfilled, windows
from tests.registry.bodies.making import meeting
from tests.registry.conftest import API, AREAS, Registry, add_areas

FIRST, LAST = date(2025, 1, 1), date(2029, 12, 31)
PLACES = [
    ("jaapc", "020201"), ("jaapc", "020202"), ("jaapc", "020301"), ("working_group", "0202"), ("working_group", "02"),
    ("caf_network", "0202"), ("council", "020201"), ("meid", ""),
]  # fmt: skip
SAID = {"recognised_by": "Decision 14"}
SUMS = ("bodies", "held", "late", "missed", "not_yet_due")
RESET = (
    "TRUNCATE body, body_meeting, duty_fulfilment, area, area_change CASCADE",
    "DELETE FROM meeting_duty WHERE since > '2000-01-01'",
)
number, back = st.integers(0, 20), st.one_of(st.integers(0, 35), st.integers(0, 120))
Step = tuple[Any, ...]
steps: st.SearchStrategy[Step] = st.one_of(
    st.tuples(st.just("recognise"), number, back),
    st.tuples(st.just("meet"), number, st.lists(back, min_size=1, max_size=6)),
    st.tuples(st.just("meet"), number, st.lists(back, min_size=1, max_size=6)),
    st.tuples(st.just("correct"), number, back),
    st.tuples(st.just("withdraw"), number),
    st.tuples(st.just("date_back"), number, back),
    st.tuples(st.just("dissolve"), number, back),
    st.tuples(st.just("restore"), number),
    st.tuples(st.just("import_day"), number, back),
    st.tuples(st.just("change_duty"), number, st.sampled_from([None, 1, 2, 3, 6, 12]), st.integers(0, 28)),
    st.tuples(st.just("renumber"), number),
    st.tuples(st.just("merge"), number),
    st.tuples(st.just("close"), number),
    st.tuples(st.just("wait"), st.integers(1, 100)),
)


class Play:
    """Does what comes, some of which is refused, as in life."""

    def __init__(self, registry: Registry) -> None:
        self.registry, self.today = registry, date(2025, 7, 20)

    async def begin(self) -> None:
        """The areas and duties as they were at first, and a body everywhere."""
        for statement in RESET:
            await self.registry.execute(statement)
        async with self.registry.client.runtime.database.transaction() as db:
            await add_areas(db, *AREAS)
        for position in range(len(PLACES)):
            await self.recognise(position, 200)

    async def recognise(self, which: int, back: int) -> None:
        """Have a body recognised, also in place of one before."""
        kind, area = PLACES[which % len(PLACES)]
        body = {"kind": kind, "area_code": area, "recognised_on": self._day(back)} | SAID
        await self._post("/bodies", body)

    async def meet(self, which: int, backs: list[int]) -> None:
        """Record meetings on some days."""
        if body := await self._pick("SELECT id::text FROM body", which):
            sent = [meeting({"id": body.id}, self._day(back)) for back in backs]
            answer = await self.registry.post("/body-meetings:sync", "ncdds@", json={"meetings": sent})
            assert answer.status_code == 200, answer.text

    async def correct(self, which: int, back: int) -> None:
        """Say that a meeting was held on another day."""
        if held := await self._pick("SELECT id::text, version FROM body_meeting", which):
            sent = meeting({"id": str(uuid4())}, self._day(back))
            answer = await self.registry.client.http.put(
                f"{API}/body-meetings/{held.id}", json={name: sent[name] for name in ("held_on", "attendance")},
                headers=self.registry.world.as_("ncdds@") | {"If-Match": f'"{held.version}"'},
            )  # fmt: skip
            assert answer.status_code in (200, 409, 422), answer.text

    async def withdraw(self, which: int) -> None:
        """Take a meeting back."""
        if held := await self._pick("SELECT id::text FROM body_meeting", which):
            await self._post(f"/body-meetings/{held.id}:withdraw", {"reason": "Not held."})

    async def date_back(self, which: int, back: int) -> None:
        """Say that a body was recognised on another day."""
        if body := await self._pick("SELECT id::text, version FROM body", which):
            change = {"recognised_on": self._day(2 * back)}
            answer = await self.registry.patch(f"/bodies/{body.id}", "ncdds@", etag=f'"{body.version}"', json=change)
            assert answer.status_code in (200, 409, 422), answer.text

    async def import_day(self, which: int, back: int) -> None:
        """The same by a file."""
        if body := await self._pick("SELECT kind, area_code FROM body WHERE dissolved_on IS NULL", which):
            row = f"{body.kind},{body.area_code},Act,{self._day(2 * back)}"
            await self._post("/bodies:import?dry_run=false", f"kind,area_code,recognised_by,recognised_on\n{row}\n")

    async def dissolve(self, which: int, back: int) -> None:
        """End a body."""
        if body := await self._pick("SELECT id::text FROM body", which):
            await self._post(f"/bodies/{body.id}:dissolve", {"dissolved_on": self._day(back // 4), "reason": "Over."})

    async def restore(self, which: int) -> None:
        """Take that back."""
        if body := await self._pick("SELECT id::text FROM body WHERE dissolved_on IS NOT NULL", which):
            await self._post(f"/bodies/{body.id}:restore", None)

    async def change_duty(self, which: int, months: int | None, grace: int) -> None:
        """Let bodies of a kind meet more or less often, from the next day on which that can be."""
        levels = {"jaapc": "commune", "council": "commune", "meid": "nation", "caf_network": "district"}
        kind = PLACES[which % len(PLACES)][0]
        duty = {"level": levels.get(kind, "province"), "every_months": months, "grace_days": grace}
        changed = await self.registry.patch(f"/body-kinds/{kind}", "ncdds@", etag="*", json={"duties": [duty]})
        assert changed.status_code == 200, changed.text

    async def renumber(self, which: int) -> None:
        """Give an area another code."""
        if area := await self._area(which):
            codes = (f"{area.code[:-2]}{tail}" for tail in range(11, 99))
            free = next(code for code in codes if code not in self.codes)
            await self._post(f"/areas/{area.id}:move", self._law() | {"new_code": free})

    async def merge(self, which: int) -> None:
        """Let two areas be one, whose bodies go on."""
        area, other = await self._area(which), await self._area(which + 1)
        if area and other and len(area.code) == len(other.code):
            merger = {"area_ids": [area.id, other.id], "survivor_id": area.id}
            await self._post("/areas:merge", self._law() | merger)

    async def close(self, which: int) -> None:
        """End an area, and with it its bodies."""
        if area := await self._area(which):
            await self._post(f"/areas/{area.id}:close", self._law())

    async def wait(self, days: int) -> None:
        """Let time go by."""
        self.today = min(self.today + timedelta(days=days), LAST)

    async def check(self) -> None:
        """What is kept of each body is what the rule makes of its meetings; so is the report."""
        rows = await self.registry.rows("SELECT body_id, window_end, grace_until, held_on, late FROM duty_fulfilment")
        expected = {
            (body, window.end, window.grace_until, day, day > window.end)
            for body, kept in (await self._from_scratch()).items()
            for window, day in kept.items()
        }
        assert {tuple(row) for row in rows} == expected

    async def check_report(self, days: int) -> None:
        """The report of a period says of each kind what its bodies come to."""
        since = self.today - timedelta(days=days)
        kept, sums = await self._from_scratch(), defaultdict[tuple[str, str], Counter[str]](Counter)
        for body in self.bodies:
            asked = [window for window in self._due(body) if since <= window.end <= self.today]
            count = sums[body.kind, body.level]
            count["bodies"] += bool(asked)
            for window in asked:
                day = kept[body.id].get(window)
                open_yet = "missed" if window.grace_until < self.today else "not_yet_due"
                count[open_yet if day is None else "late" if day > window.end else "held"] += 1
        period = {"from": str(since), "until": str(self.today)}
        shown = (await self.registry.get("/duty-report", params=period)).json()["total"]
        told = {
            (one["kind"], one["level"]): Counter({name: one[name] for name in SUMS})
            for one in shown["kinds"]
            if one["due"] is not None
        }
        assert told == {place: count for place, count in sums.items() if count["bodies"]}
        for name in SUMS:
            assert shown[name] == sum(count[name] for count in sums.values())

    async def _from_scratch(self) -> dict[Any, dict[Window, date]]:
        self.bodies = await self.registry.rows("SELECT id, kind, level, recognised_on, dissolved_on FROM body")
        duties = await self.registry.rows("SELECT * FROM meeting_duty ORDER BY since")
        self.duties = defaultdict[tuple[str, str], list[Duty]](list)
        for duty in duties:
            self.duties[duty.kind, duty.level].append(Duty(duty.since, duty.every_months, duty.grace_days))
        held = defaultdict[Any, list[date]](list)
        for row in await self.registry.rows("SELECT body_id, held_on FROM body_meeting WHERE withdrawn_at IS NULL"):
            held[row.body_id].append(row.held_on)
        return {body.id: fulfilled(self._due(body), held[body.id]) for body in self.bodies}

    def _due(self, body: Any) -> list[Window]:
        until = LAST + timedelta(days=400) if body.dissolved_on is None else body.dissolved_on - DAY
        return windows(self.duties[body.kind, body.level], body.recognised_on, until)

    def _day(self, back: int) -> str:
        return str(self.today - timedelta(days=back))

    def _law(self) -> dict[str, Any]:
        return {"effective_on": str(self.today), "legal_reference": "Sub-decree 5"}

    async def _area(self, which: int) -> Any:
        found = await self.registry.rows("SELECT code FROM area")
        self.codes = {row.code for row in found}
        standing = "SELECT id::text, code FROM area WHERE status = 'open' AND length(code) IN (4, 6)"
        return await self._pick(standing, which, "length(code), code")

    async def _pick(self, statement: str, which: int, order: str = "id") -> Any:
        rows = await self.registry.rows(f"{statement} ORDER BY {order}")
        return rows[which % len(rows)] if rows else None

    async def _post(self, path: str, body: object) -> None:
        sent: dict[str, Any] = {"content": body.encode()} if isinstance(body, str) else {"json": body}
        answer = await self.registry.post(path, "ncdds@", **sent)
        assert answer.status_code in (200, 201, 409, 422), answer.text


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sequence=st.lists(steps, min_size=8, max_size=24), days=st.integers(0, 700))
@example(sequence=[("meet", 0, [3]), ("import_day", 0, 5)], days=30)
@example(sequence=[("meet", 1, [3]), ("close", 4)], days=30)
@example(sequence=[("meet", 0, [3, 18]), ("merge", 4), ("correct", 0, 9), ("wait", 90)], days=200)
async def test_kept_sums_are_those_of_the_rule(
    registry: Registry, monkeypatch: pytest.MonkeyPatch, sequence: list[Step], days: int
) -> None:
    play = Play(registry)

    class Clock(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return cls(play.today.year, play.today.month, play.today.day, 9, tzinfo=tz)

    monkeypatch.setattr("services.registry.areas.models.datetime", Clock)
    await play.begin()
    for name, *arguments in sequence:
        await getattr(play, name)(*arguments)
        await play.check()
    await play.check_report(days)
