"""The trail: written with each change, read by operators of the whole installation."""

from itertools import product
from typing import Any
from uuid import UUID

from services.registry.audit.queries import record
from tests.registry.conftest import OPERATOR, Registry

COLLEAGUE = UUID("00000000-0000-4000-8000-000000000002")


async def test_the_trail_is_for_operators(registry: Registry) -> None:
    assert (await registry.get("/audit")).status_code == 401
    assert (await registry.get("/audit", "ncdds@")).status_code == 403
    assert (await registry.get("/audit", "operator@02")).json()["code"] == "area_not_covered"


async def test_who_did_what_is_found(registry: Registry) -> None:
    made = await registry.person("caf@020201", "caf@020202")
    await registry.person("caf@020201", username="other")
    entries = (await registry.get("/audit", "operator@", params={"subject": made["id"]})).json()["items"]
    assert [entry["action"] for entry in entries] == ["grant_given", "grant_given", "created"]
    assert entries[0]["detail"] == {"grant": "caf@020202"}
    assert entries[0]["by_account_id"] == str(OPERATOR)
    mine = await registry.all_pages("/audit", "operator@", by=str(OPERATOR), limit=2)
    assert len(mine) == 5
    later = await registry.get("/audit", "operator@", params={"since": entries[0]["at"], "subject_kind": "area"})
    assert later.json()["items"] == []


async def write_entries(registry: Registry) -> None:
    """Two of everything: by whom, of which kind, of which subject; the earlier half lies back an hour."""
    for by, kind, subject in list(product((OPERATOR, COLLEAGUE, None), ("unit", "area"), ("020201", "0202"))) * 2:
        async with registry.client.runtime.database.transaction() as db:
            record(db, kind, subject, "renamed", by=by)  # type: ignore[arg-type]
    await registry.execute(
        "UPDATE audit_entry SET at = at - interval '1 hour' WHERE id <= (SELECT min(id) + 11 FROM audit_entry)"
    )


FILTERS: list[dict[str, Any]] = [
    {},
    {"subject_kind": "unit"},
    {"subject": "0202"},
    {"by": str(OPERATOR)},
    {"since": "now"},
    {"subject_kind": "area", "subject": "020201"},
    {"subject_kind": "area", "subject": "020201", "by": str(COLLEAGUE), "since": "now"},
    {"subject": "02"},
]


async def test_filters_and_pages_agree_with_the_whole_trail(registry: Registry) -> None:
    await write_entries(registry)
    whole = (await registry.get("/audit", "operator@", params={"limit": 500})).json()["items"]
    assert [entry["id"] for entry in whole] == sorted((entry["id"] for entry in whole), reverse=True)
    assert len(whole) == 24
    middle = whole[11]["at"]
    for chosen in FILTERS:
        asked = chosen | ({"since": middle} if "since" in chosen else {})
        wanted = [
            entry["id"]
            for entry in whole
            if asked.get("subject_kind", entry["subject_kind"]) == entry["subject_kind"]
            and asked.get("subject", entry["subject"]) == entry["subject"]
            and asked.get("by", entry["by_account_id"]) == entry["by_account_id"]
            and asked.get("since", "") <= entry["at"]
        ]
        for limit in (5, 500):
            read = await registry.all_pages("/audit", "operator@", limit=limit, **asked)
            assert [entry["id"] for entry in read] == wanted, (asked, limit)


async def test_what_is_written_meanwhile_does_not_shift_the_pages(registry: Registry) -> None:
    await write_entries(registry)
    first = (await registry.get("/audit", "operator@", params={"limit": 10})).json()
    await write_entries(registry)
    rest = await registry.all_pages("/audit", "operator@", limit=10, cursor=first["next_cursor"])
    ids = [entry["id"] for entry in [*first["items"], *rest]]
    assert len(ids) == len(set(ids)) == 24


BAD: list[tuple[dict[str, Any], str]] = [
    ({"subject_kind": "ghost"}, "query/subject_kind"),
    ({"subject": "a\0b"}, "query/subject"),
    ({"subject": "x" * 101}, "query/subject"),
    ({"by": "nobody"}, "query/by"),
    ({"since": "yesterday"}, "query/since"),
    ({"since": "2026-01-01T00:00:00"}, "query/since"),
    ({"limit": 0}, "query/limit"),
    ({"limit": 501}, "query/limit"),
    ({"cursor": "garbage"}, "query/cursor"),
]


async def test_bad_questions_are_named(registry: Registry) -> None:
    for asked, pointer in BAD:
        answer = await registry.get("/audit", "operator@", params=asked)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer), asked
