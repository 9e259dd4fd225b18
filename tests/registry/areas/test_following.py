"""What goes along when areas change: units, catchments, grants, tokens, the feed, events, the trail."""

import asyncio
from typing import Any
from uuid import UUID

import nats
import pytest
from sqlalchemy import select, text

from services.registry.areas.models import Area
from services.registry.areas.telling import tell_areas
from shared.events import decode
from shared.events.registry import AreaChanged, AreaSucceeded
from tests.registry.areas.conftest import LAW, NAMES, WRITER, Areas
from tests.registry.conftest import Registry, until_waiting


async def grants_of(registry: Registry, account: dict[str, Any]) -> list[str]:
    rows = await registry.rows(
        "SELECT role || '@' || area_code FROM account_grant WHERE account_id = :id ORDER BY 1", id=UUID(account["id"])
    )
    return [row[0] for row in rows]


async def serve(registry: Registry, unit: dict[str, Any], *codes: str) -> None:
    for code in codes:
        await registry.execute(
            "INSERT INTO unit_catchment (unit_id, area_code) VALUES (:id, :code)", id=UUID(unit["id"]), code=code
        )


async def catchment(registry: Registry, unit: dict[str, Any]) -> list[str]:
    return list((await registry.get(f"/units/{unit['code']}")).json()["catchment"])


async def test_units_go_with_their_area_and_keep_their_code(areas: Areas, registry: Registry) -> None:
    unit = await registry.unit(area="020201")
    async with registry.client.runtime.database.transaction() as db:
        await tell_areas(db, list(await db.scalars(select(Area))))
    since = (await registry.get("/changes?area=0202")).json()["since"]
    await areas.of("0202", "move", new_code="0302", new_parent_code="03")
    moved = (await registry.get(f"/units/{unit['code']}")).json()
    assert (moved["code"], moved["area_code"], moved["version"]) == ("HC-020201-1", "030201", unit["version"] + 1)
    gone = (await registry.get(f"/changes?area=0202&since={since}")).json()["items"]
    assert {(item["kind"], item["gone"]) for item in gone} == {("area", True), ("unit", True)}
    assert len(gone) == 4 + 1
    there = (await registry.get("/changes?area=0302&kinds=area,unit")).json()["items"]
    codes = {item["data"]["code"] for item in there}
    assert codes == {"03", "0302", "030201", "030202", "03020101", "HC-020201-1"}


async def test_a_split_says_where_the_units_go(areas: Areas, registry: Registry) -> None:
    first, second = await registry.unit(area="020202"), await registry.unit("primary_school", "020202")
    other = await registry.unit(area="020201")
    parts: list[dict[str, Any]] = [NAMES | {"code": "020202", "units": [first["code"]]}, NAMES | {"code": "020203"}]
    refused = await areas.of("020202", "split", 409, into=parts)
    assert (refused["code"], second["code"] in refused["detail"]) == ("units_open", True)
    parts[1]["units"] = [second["code"], other["code"]]
    refused = await areas.of("020202", "split", 422, into=parts)
    assert refused["errors"][0] | {"detail": ""} == {
        "pointer": "/into/1/units/1", "code": "unit_not_there", "detail": "",
    }  # fmt: skip
    parts[1]["units"] = [second["code"]]
    await areas.of("020202", "split", into=parts)
    units = {unit["code"]: unit["area_code"] for unit in (await registry.get("/units?area=0202")).json()["items"]}
    assert units == {first["code"]: "020202", second["code"]: "020203", other["code"]: "020201"}


async def test_catchments_keep_their_territory(areas: Areas, registry: Registry) -> None:
    far, near = await registry.unit(area="020301"), await registry.unit(area="020201")
    await serve(registry, far, "020201", "020202")
    await serve(registry, near, "020202")
    await areas.of("020202", "split", into=[NAMES | {"code": "020203"}], remains=True)
    assert await catchment(registry, far) == ["020201", "020202", "020203"]
    await areas.merge(["020201", "020202"], effective_on="2026-04-01")
    assert await catchment(registry, far) == ["020201", "020203"]
    assert await catchment(registry, near) == ["020203"]
    await areas.of("020201", "move", new_code="020209", effective_on="2026-05-01")
    assert await catchment(registry, far) == ["020203", "020209"]


async def test_grants_go_with_their_area(areas: Areas, registry: Registry) -> None:
    clerk = await registry.person("commune_clerk@020201", "caf@020202", "caf@020201", username="clerk")
    officer = await registry.person("district_officer@0202", username="officer")
    await areas.of("0202", "move", new_code="0302", new_parent_code="03")
    assert await grants_of(registry, clerk) == ["caf@030201", "caf@030202", "commune_clerk@030201"]
    assert await grants_of(registry, officer) == ["district_officer@0302"]
    await areas.merge(["030201", "030202"], effective_on="2026-04-01")
    assert await grants_of(registry, clerk) == ["caf@030201", "commune_clerk@030201"]
    parts = [
        NAMES | {"code": "030203"},
        NAMES | {"code": "030204", "children": [{"area_id": await areas.id_of("03020101")}]},
    ]
    await areas.of("030201", "split", into=parts, effective_on="2026-05-01")
    assert await grants_of(registry, clerk) == [
        "caf@030203", "caf@030204", "commune_clerk@030203", "commune_clerk@030204",
    ]  # fmt: skip
    await areas.of("030203", "close", effective_on="2026-06-01")
    assert await grants_of(registry, clerk) == ["caf@030204", "commune_clerk@030204"]
    trail = await registry.rows("SELECT detail FROM audit_entry WHERE action = 'grants_followed_area' ORDER BY id")
    assert trail[-1].detail == {"before": ["commune_clerk@030203", "caf@030203"], "after": []}


async def test_swapped_codes_swap_their_grants(areas: Areas, registry: Registry) -> None:
    person = await registry.person("caf@020201", "jaapc@020202", "caf@020202", username="both")
    await areas.of("020201", "move", new_code="020208")
    await areas.of("020202", "move", new_code="020201")
    await areas.of("020208", "move", new_code="020202")
    assert await grants_of(registry, person) == ["caf@020201", "caf@020202", "jaapc@020201"]


async def test_a_providers_grant_goes_with_the_unit(areas: Areas, registry: Registry) -> None:
    unit = await registry.unit(area="020202")
    provider = await registry.person(f"provider@020202/{unit['code']}", username="provider")
    parts = [NAMES | {"code": "020203"}, NAMES | {"code": "020204", "units": [unit["code"]]}]
    await areas.of("020202", "split", into=parts)
    assert await grants_of(registry, provider) == ["provider@020204"]


@pytest.mark.usefixtures("at_once")
async def test_tokens_with_an_old_code_hold_no_longer(areas: Areas, registry: Registry) -> None:
    await registry.person("district_officer@0202", username="officer")
    token = (await registry.sign_in("officer")).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    path = "/api/registry/v1/accounts/me"
    assert (await registry.client.http.get(path, headers=headers)).status_code == 200
    await areas.of("0202", "move", new_code="0209")
    assert (await registry.client.http.get(path, headers=headers)).status_code == 401
    again = (await registry.sign_in("officer")).json()["access_token"]
    body = (await registry.client.http.get(path, headers={"Authorization": f"Bearer {again}"})).json()
    assert [grant["area_code"] for grant in body["grants"]] == ["0209"]


async def test_a_clients_keys_carry_the_parts(areas: Areas, registry: Registry) -> None:
    client = await registry.system("partner@020202")
    grant = (await registry.rows("SELECT id FROM account_grant"))[0].id
    await registry.execute(
        "INSERT INTO api_key (account_id, name, key_hash, prefix, last_four, grant_ids)"
        " VALUES (:id, 'K', sha256('k'), 'isaf', 'abcd', ARRAY[CAST(:grant AS uuid)])",
        id=UUID(client["id"]), grant=grant,
    )  # fmt: skip
    await areas.of("020202", "split", into=[NAMES | {"code": "020203"}, NAMES | {"code": "020204"}])
    carried = await registry.rows("SELECT unnest(grant_ids) AS id FROM api_key ORDER BY 1")
    held = await registry.rows("SELECT id FROM account_grant ORDER BY 1")
    assert len(held) == 2
    assert carried == held


async def test_the_stream_tells_areas_and_the_crosswalk(areas: Areas, registry: Registry) -> None:
    area_id = await areas.id_of("020202")
    await areas.of("020202", "move", new_code="020209")
    await registry.world.drain()
    line = (await registry.get("/crosswalk")).json()["items"][0]
    parts = registry.world.parts
    reader = await nats.connect(parts.nats.url, user="admin", password=parts.passwords["admin"])
    try:
        stream = reader.jetstream()
        changed = await stream.get_last_msg("REGISTRY", f"isaf.registry.area.changed.v1.{area_id}")
        succeeded = await stream.get_last_msg("REGISTRY", f"isaf.registry.area.succeeded.v1.{line['id']}")
    finally:
        await reader.close()
    assert changed.data is not None
    assert succeeded.data is not None
    state, told = decode(changed.data).event, decode(succeeded.data).event
    assert isinstance(state, AreaChanged)
    assert (state.code, str(state.valid_from), state.version) == ("020209", "2026-03-01", 2)
    assert isinstance(told, AreaSucceeded)
    assert told.model_dump(mode="json") | {"version": 1, "kept": True} == {
        "id": line["id"], "kind": "renumber", "old_area_id": area_id, "old_code": "020202", "new_area_id": area_id,
        "new_code": "020209", "effective_on": "2026-03-01", "kept": True, "version": 1,
    }  # fmt: skip


async def test_the_trail_says_who_changed_which_area(areas: Areas, registry: Registry) -> None:
    user = UUID("00000000-0000-4000-8000-000000000077")
    body = NAMES | {"effective_on": "2026-03-01", "legal_reference": "Prakas 9"}
    path = f"/areas/{await areas.id_of('020202')}:rename"
    made = (await registry.post(path, WRITER, user_id=user, json=body)).json()
    [entry] = (await registry.get("/audit?subject_kind=area&subject=020202", "operator@")).json()["items"]
    assert (entry["action"], entry["by_account_id"], entry["detail"]["change"]) == ("rename", str(user), made["id"])


async def test_other_services_follow_a_renumbered_area(areas: Areas, registry: Registry) -> None:
    scorecard = await registry.world.start("scorecard")
    unit = await registry.unit(area="020202")
    await registry.world.drain()
    await areas.of("0202", "move", new_code="0209")
    await registry.world.drain()
    async with scorecard.runtime.database.transaction() as db:
        units = (await db.execute(text("SELECT id::text, area_code FROM unit"))).all()
        codes = set(await db.scalars(text("SELECT code FROM area WHERE status = 'open'")))
    assert [tuple(row) for row in units] == [(unit["id"], "020902")]
    assert codes == {"0209", "020901", "020902", "02090101"}


async def test_a_grant_given_meanwhile_bears_the_code_that_holds(areas: Areas, registry: Registry) -> None:
    """Whoever comes first: no grant is left with a code that is nobody's any more."""
    account = await registry.person("citizen@", username="dara")
    path, new = f"/areas/{await areas.id_of('020202')}:move", LAW | {"new_code": "020209"}
    giving = {"role": "caf", "area_code": "020202"}
    moved, *given = await asyncio.gather(
        registry.post(path, WRITER, json=new),
        *(registry.post(f"/accounts/{account['id']}/grants", "operator@", json=giving) for _ in range(3)),
    )
    assert moved.status_code == 201, moved.text
    assert {answer.status_code for answer in given} <= {201, 409, 422}
    expected = ["caf@020209"] if any(answer.status_code == 201 for answer in given) else []
    assert await grants_of(registry, account) == [*expected, "citizen@"]


async def test_accounts_are_taken_before_their_grants(areas: Areas, registry: Registry) -> None:
    """Whoever changes a grant holds the account first; the other way round, the two would wait in a circle."""
    account = await registry.person("caf@020202")
    path = f"/areas/{await areas.id_of('020202')}:move"
    async with registry.client.runtime.database.transaction() as db:
        await db.execute(text("SELECT FROM account WHERE id = :id FOR UPDATE"), {"id": UUID(account["id"])})
        moving = asyncio.create_task(registry.post(path, WRITER, json=LAW | {"new_code": "020209"}))
        await until_waiting(registry, moving)
        await db.execute(text("SELECT FROM account_grant FOR UPDATE NOWAIT"))
    assert (await moving).status_code == 201
    assert await grants_of(registry, account) == ["caf@020209"]
