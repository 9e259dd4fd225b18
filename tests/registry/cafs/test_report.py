"""The facilitators' report: counts for everybody, with what is worth a look; and areas that change under it."""

import csv
import io
from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.registry.areas.models import today_in_cambodia
from services.registry.cafs.models import Caf
from services.registry.cafs.rules import Commune, findings_of, warnings_of
from tests.registry.areas.conftest import NAMES, Areas
from tests.registry.cafs.conftest import NCDDS, Cafs
from tests.registry.conftest import Registry

days = st.dates(date(2024, 1, 1), date(2028, 1, 1))
TODAY = date(2026, 3, 1)


async def test_the_report_counts_who_serves(registry: Registry, cafs: Cafs) -> None:
    care = await cafs.organisation()
    for number in range(3):
        await cafs.make(name=f"A{number}", phone=None, village_official=number == 0, supporter_id=care)
    await cafs.elsewhere(name="B", sex="male", commune_assistant=True, village_official=True, term_until="2026-01-31")
    for number in range(6):
        await cafs.elsewhere("030101", name=f"C{number}", sex="undisclosed", term_from="2020-01-01")
    gone = await cafs.elsewhere("020301", name="D")
    await registry.post(f"/cafs/{gone['id']}:leave", NCDDS, json={"reason": "resigned"})
    report = (await registry.get("/caf-report")).json()
    assert (report["level"], report["as_of"]) == ("province", today_in_cambodia().isoformat())
    battambang = report["rows"][0]
    expected: dict[str, Any] = {
        "area_code": "02", "communes": 3, "communes_without": 1, "communes_below": 1, "communes_fitting": 1,
        "communes_above": 0, "cafs": 4, "female": 3, "male": 1, "undisclosed": 0, "female_percent": 75,
        "communes_women_few": 1, "village_officials": 2, "commune_assistants": 1, "impartiality": 2,
        "impartiality_percent": 50, "term_over": 1, "untrained": 4, "inactive": 0, "supported": 3,
    }  # fmt: skip
    assert {name: battambang[name] for name in expected} == expected
    assert (report["total"]["cafs"], report["total"]["inactive"], report["total"]["communes_above"]) == (10, 6, 1)
    below = (await registry.get("/caf-report?area=02&level=commune")).json()
    assert [(row["area_code"], row["cafs"]) for row in below["rows"]] == [("020201", 3), ("020202", 1), ("020301", 0)]
    assert (await registry.get("/caf-report?area=020301")).json()["total"]["female_percent"] is None
    for wrong in ("area=99", "area=2", "level=village", "area=0202&level=province", "area=02020101", "year=2026"):
        assert (await registry.get(f"/caf-report?{wrong}")).status_code == 422
    text = (await registry.get("/caf-report.csv?area=0202")).text.removeprefix("\ufeff")
    assert [(row["area_code"], row["female"]) for row in csv.DictReader(io.StringIO(text))] == [
        ("0202", "3"), ("020201", "3"), ("020202", "0"),
    ]  # fmt: skip
    assert (await registry.get("/caf-report.xlsx")).content.startswith(b"PK")


async def test_what_is_kept_of_an_area_goes_with_it(registry: Registry, areas: Areas, cafs: Cafs) -> None:
    mom, dara = await cafs.make(), await cafs.elsewhere(name="Dara")
    cbo = {"kind": "cbo", "area_code": "020202", "name_km": "សហគមន៍", "name_en": "Group"}
    cbo = (await registry.post("/organisations", NCDDS, json=cbo)).json()
    training: Any = {
        "topic": "jaap", "organiser_id": cbo["id"], "area_code": "020202", "held_from": "2026-01-05",
        "held_until": "2026-01-05", "participants": [{"kind": "citizen", "sex": "female", "number": 1}],
    }  # fmt: skip
    training = (await registry.post("/trainings", NCDDS, json=training)).json()

    async def places() -> list[str]:
        paths = (
            f"/cafs/{mom['id']}",
            f"/cafs/{dara['id']}",
            f"/organisations/{cbo['id']}",
            f"/trainings/{training['id']}",
        )
        return [(await registry.get(path, NCDDS)).json()["area_code"] for path in paths]

    await areas.of("0202", "move", new_code="0302", new_parent_code="03")
    assert await places() == ["030201", "030202", "030202", "030202"]
    assert (await registry.get("/caf-report?area=0302")).json()["total"]["cafs"] == 2
    await areas.of("030202", "move", new_code="030209", effective_on="2026-04-01")
    assert await places() == ["030201", "030209", "030209", "030209"]
    await areas.merge(["030201", "030209"], effective_on="2026-05-01")
    code = (await places())[0]
    assert await places() == [code] * 4
    shown = (await registry.get(f"/cafs/{mom['id']}", NCDDS)).json()
    assert shown["village_code"].startswith(code)
    trail = await registry.rows(
        "SELECT subject_kind, detail ->> 'after' FROM audit_entry WHERE action = 'area_followed' ORDER BY subject_kind"
    )
    assert {row[1] for row in trail} == {code}
    assert {row[0] for row in trail} >= {"caf"}


async def test_a_facilitator_goes_with_the_village(registry: Registry, areas: Areas, cafs: Cafs) -> None:
    mom, dara = await cafs.make(), await cafs.make(name="Dara", village_code=None)
    await areas.of("02020101", "move", new_code="02020201", new_parent_code="020202")
    shown = (await registry.get(f"/cafs/{mom['id']}", NCDDS)).json()
    assert (shown["area_code"], shown["village_code"][:6]) == ("020202", "020202")
    assert (await registry.get(f"/cafs/{dara['id']}", NCDDS)).json()["area_code"] == "020201"
    parts = [NAMES | {"code": "020203"}, NAMES | {"code": "020204"}]
    await areas.of("020201", "split", into=parts, effective_on="2026-04-01")
    assert (await registry.get(f"/cafs/{dara['id']}", NCDDS)).json()["area_code"] == "020203"


def facilitator(**values: Any) -> Caf:
    known: dict[str, Any] = {"name": "A", "sex": "female", "area_code": "020201", "term_from": date(2026, 1, 5)}
    return Caf(**(known | values))


@settings(max_examples=40)
@given(term_from=days, term_until=st.none() | days, seen=st.none() | days, trained=st.none() | days)
def test_findings_are_as_the_rule_says(
    term_from: date, term_until: date | None, seen: date | None, trained: date | None
) -> None:
    caf = facilitator(term_from=term_from, term_until=term_until, last_seen_on=seen, last_trained_on=trained)
    findings = findings_of(caf, TODAY)
    assert ("term_over" in findings) == (term_until is not None and term_until < TODAY)
    assert ("untrained" in findings) == (trained is None)
    signs = [day for day in (term_from, seen, trained) if day is not None]
    assert ("inactive" in findings) == all(day < TODAY - timedelta(days=365) for day in signs)
    caf.left_on = TODAY
    assert findings_of(caf, TODAY) == []


@settings(max_examples=40)
@given(women=st.integers(0, 8), men=st.integers(0, 8))
def test_a_commune_has_three_to_five_and_half_are_women(women: int, men: int) -> None:
    found = {one.code for one in warnings_of(facilitator(), Commune("020201", women + men, women), TODAY)}
    assert ("too_few" in found) == (women + men < 3)
    assert ("too_many" in found) == (women + men > 5)
    assert ("women_few" in found) == (women < men)


def test_what_somebody_should_look_at() -> None:
    caf = facilitator(birth_year=2010, commune_assistant=True, term_until=date(2026, 2, 1))
    shared = Commune("020201", 3, 2, same_name=1, same_phone=2)
    assert {one.code for one in warnings_of(caf, shared, TODAY)} == {
        "impartiality", "term_over", "birth_year_odd", "name_shared", "phone_shared",
    }  # fmt: skip
