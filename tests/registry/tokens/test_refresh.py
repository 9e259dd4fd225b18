"""Refresh tokens."""

import asyncio

from httpx import Response

from tests.registry.conftest import Registry


async def refresh(registry: Registry, token: str) -> Response:
    return await registry.token(grant_type="refresh_token", refresh_token=token)


async def signed_in(registry: Registry) -> str:
    """A refresh token of a new person."""
    await registry.person("caf@020201")
    return str((await registry.sign_in()).json()["refresh_token"])


async def pass_time(registry: Registry, interval: str) -> None:
    """Let all that is stored lie back by so much."""
    await registry.execute(
        "UPDATE refresh_token SET used_at = used_at - CAST(CAST(:by AS text) AS interval),"
        " expires_at = expires_at - CAST(CAST(:by AS text) AS interval)",
        by=interval,
    )


async def test_a_token_is_used_once_and_replaced(registry: Registry) -> None:
    tokens = [await signed_in(registry)]
    for _ in range(3):
        answer = await refresh(registry, tokens[-1])
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store"
        await pass_time(registry, "1 minute")
        tokens.append(answer.json()["refresh_token"])
    assert len(set(tokens)) == 4


async def test_a_lost_answer_is_given_again_within_the_grace(registry: Registry) -> None:
    first = await signed_in(registry)
    answers = await asyncio.gather(*(refresh(registry, first) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {200}
    (successor,) = {answer.json()["refresh_token"] for answer in answers}
    await pass_time(registry, "20 seconds")
    assert (await refresh(registry, first)).json()["refresh_token"] == successor
    assert (await refresh(registry, successor)).status_code == 200


async def test_a_second_use_after_the_grace_ends_the_sign_in_and_no_other(registry: Registry) -> None:
    stolen = await signed_in(registry)
    elsewhere = (await registry.sign_in()).json()["refresh_token"]
    mine = (await refresh(registry, stolen)).json()["refresh_token"]
    await pass_time(registry, "31 seconds")
    again = await refresh(registry, stolen)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert (await refresh(registry, mine)).status_code == 400
    assert (await refresh(registry, elsewhere)).status_code == 200


async def test_a_disabled_account_refreshes_no_more(registry: Registry) -> None:
    token = await signed_in(registry)
    (account,) = (await registry.get("/accounts", "operator@")).json()["items"]
    answers = await asyncio.gather(
        refresh(registry, token), registry.post(f"/accounts/{account['id']}:disable", "operator@")
    )
    assert answers[1].status_code == 200
    latest = answers[0].json().get("refresh_token", token)
    assert (await refresh(registry, latest)).status_code == 400
    assert (await refresh(registry, token)).status_code == 400
    assert (await registry.sign_in()).status_code == 400
    (sign_in,) = await registry.rows("SELECT revoked_at FROM sign_in")
    assert sign_in.revoked_at is not None


async def test_an_unused_token_expires_and_is_forgotten(registry: Registry) -> None:
    token = await signed_in(registry)
    await pass_time(registry, "29 days")
    later = (await refresh(registry, token)).json()["refresh_token"]
    await pass_time(registry, "31 days")
    assert (await refresh(registry, later)).status_code == 400
    await registry.sign_in()
    assert len(await registry.rows("SELECT 1 FROM sign_in")) == 1
    assert len(await registry.rows("SELECT 1 FROM refresh_token")) == 1


async def test_unknown_tokens_are_refused(registry: Registry) -> None:
    for token in ("x", "ក" * 300):
        answer = await refresh(registry, token)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


async def test_tokens_that_have_expired_are_forgotten(registry: Registry) -> None:
    token = await signed_in(registry)
    for _ in range(4):
        token = (await refresh(registry, token)).json()["refresh_token"]
        await registry.execute(
            "UPDATE refresh_token SET expires_at = now() - interval '1 day' WHERE used_at IS NOT NULL"
        )
    assert len(await registry.rows("SELECT 1 FROM refresh_token")) == 2
