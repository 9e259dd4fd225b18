"""One's own sign-ins, and signing out."""

import asyncio
from uuid import uuid4

from httpx import Response

from tests.registry.conftest import API, PASSWORD, Registry


async def as_owner(registry: Registry, method: str, path: str, token: str) -> Response:
    headers = {"Authorization": f"Bearer {token}"}
    return await registry.client.http.request(method, f"{API}{path}", headers=headers)


async def signed_in(registry: Registry, device: str) -> dict[str, str]:
    form = {"grant_type": "password", "username": "sok.dara", "password": PASSWORD, "device": device}
    answer = await registry.token(**form)
    assert answer.status_code == 200
    return dict(answer.json())


async def refresh(registry: Registry, signed: dict[str, str]) -> Response:
    return await registry.token(grant_type="refresh_token", refresh_token=signed["refresh_token"])


async def test_people_see_their_own_sign_ins(registry: Registry) -> None:
    await registry.person("caf@020201")
    await registry.person("caf@020201", username="somebody.else")
    await registry.sign_in("somebody.else")
    phone, laptop = await signed_in(registry, "ទូរសព្ទ"), await signed_in(registry, "Laptop")
    assert (await registry.get("/sessions")).status_code == 401
    listed = (await as_owner(registry, "GET", "/sessions", laptop["access_token"])).json()["items"]
    assert [(session["device"], session["current"]) for session in listed] == [("Laptop", True), ("ទូរសព្ទ", False)]
    fresh = (await refresh(registry, phone)).json()
    listed = (await as_owner(registry, "GET", "/sessions", fresh["access_token"])).json()["items"]
    assert [session["current"] for session in listed] == [False, True]
    assert listed[1]["last_used_at"] > listed[1]["created_at"]
    page = (await as_owner(registry, "GET", "/sessions?limit=1", fresh["access_token"])).json()
    assert (len(page["items"]), page["next_cursor"] is None) == (1, False)


async def test_one_sign_in_is_ended_and_the_others_go_on(registry: Registry, at_once: None) -> None:
    await registry.person("caf@020201")
    await registry.person("caf@020201", username="somebody.else")
    lost, mine = await signed_in(registry, "Lost phone"), await signed_in(registry, "Laptop")
    theirs = (await registry.sign_in("somebody.else")).json()
    listed = (await as_owner(registry, "GET", "/sessions", mine["access_token"])).json()["items"]
    session = next(one["id"] for one in listed if not one["current"])
    assert (await registry.delete(f"/sessions/{session}")).status_code == 401
    for token, path in ((theirs["access_token"], session), (mine["access_token"], uuid4())):
        refused = await as_owner(registry, "DELETE", f"/sessions/{path}", token)
        assert (refused.status_code, refused.json()["code"]) == (404, "session_not_found")
    assert (await as_owner(registry, "DELETE", f"/sessions/{session}", mine["access_token"])).status_code == 204
    assert (await refresh(registry, lost)).status_code == 400
    assert (await as_owner(registry, "GET", "/sessions", lost["access_token"])).status_code == 401
    again = (await refresh(registry, mine)).json()
    assert (await as_owner(registry, "GET", "/sessions", again["access_token"])).status_code == 200
    refused = await as_owner(registry, "DELETE", f"/sessions/{session}", again["access_token"])
    assert refused.status_code == 404


async def test_all_are_ended_at_once(registry: Registry, at_once: None) -> None:
    await registry.person("caf@020201")
    every = [await signed_in(registry, name) for name in ("a", "b", "c")]
    assert (await as_owner(registry, "DELETE", "/sessions", every[0]["access_token"])).status_code == 204
    for signed in every:
        assert (await refresh(registry, signed)).status_code == 400
        assert (await as_owner(registry, "GET", "/sessions", signed["access_token"])).status_code == 401
    assert (await registry.sign_in()).status_code == 200


async def test_signing_out_needs_the_refresh_token_alone(registry: Registry, at_once: None) -> None:
    await registry.person("caf@020201")
    mine, other = await signed_in(registry, "mine"), await signed_in(registry, "other")
    body = {"refresh_token": mine["refresh_token"]}
    answers = await asyncio.gather(*(registry.post("/sign-out", json=body) for _ in range(3)))
    assert {answer.status_code for answer in answers} == {204}
    assert (await refresh(registry, mine)).status_code == 400
    assert (await as_owner(registry, "GET", "/sessions", mine["access_token"])).status_code == 401
    assert (await refresh(registry, other)).status_code == 200
    expired = await registry.client.http.post(
        f"{API}/sign-out", json={"refresh_token": "unknown"}, headers={"Authorization": "Bearer a.b.c"}
    )
    assert expired.status_code == 204
    for bad in ({}, {"refresh_token": ""}, {"refresh_token": 7}, body | {"all": True}):
        assert (await registry.post("/sign-out", json=bad)).status_code == 422
    ended = await registry.rows("SELECT 1 FROM audit_entry WHERE action = 'sign_in_ended'")
    assert len(ended) == 1


async def test_a_used_refresh_token_signs_out_too(registry: Registry) -> None:
    await registry.person("caf@020201")
    mine = await signed_in(registry, "mine")
    later = (await refresh(registry, mine)).json()
    assert (await registry.post("/sign-out", json={"refresh_token": mine["refresh_token"]})).status_code == 204
    assert (await refresh(registry, later)).status_code == 400


async def test_a_copied_refresh_token_ends_the_access_tokens_as_well(registry: Registry, at_once: None) -> None:
    await registry.person("caf@020201")
    mine = await signed_in(registry, "mine")
    thief = (await refresh(registry, mine)).json()
    await registry.execute("UPDATE refresh_token SET used_at = used_at - interval '31 seconds'")
    assert (await as_owner(registry, "GET", "/sessions", thief["access_token"])).status_code == 200
    assert (await refresh(registry, mine)).status_code == 400
    assert (await as_owner(registry, "GET", "/sessions", thief["access_token"])).status_code == 401
