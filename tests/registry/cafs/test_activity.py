"""A meeting that a facilitator's account records is a sign of work; of an account that is nobody's it is none."""

from uuid import UUID

from tests.registry.bodies.making import meeting, recognise
from tests.registry.cafs.conftest import NCDDS, Cafs
from tests.registry.conftest import API, Registry


async def test_a_recorded_meeting_is_a_sign_of_work(registry: Registry, cafs: Cafs) -> None:
    account = (await registry.person("caf@020201"))["id"]
    mom, dara = await cafs.make(account_id=account), await cafs.make(name="Dara", last_seen_on="2026-01-06")
    body = await recognise(registry)
    headers = registry.world.as_("caf@020201", user_id=UUID(account))
    for day in ("2026-03-02", "2026-02-02"):
        sent = await registry.client.http.post(f"{API}/body-meetings", headers=headers, json=meeting(body, day))
        assert sent.status_code == 201, sent.text
    await registry.post("/body-meetings", NCDDS, json=meeting(body, "2026-04-02"))
    shown = [(await registry.get(f"/cafs/{caf['id']}", NCDDS)).json() for caf in (mom, dara)]
    assert [one["last_seen_on"] for one in shown] == ["2026-03-02", "2026-01-06"]
    assert shown[0]["last_active_on"] == "2026-03-02"
