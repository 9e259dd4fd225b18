"""Rotating the signing key refuses no valid token; a withdrawn key signs and opens nothing."""

import asyncio
import time
from collections.abc import Callable

import pytest
from httpx import ASGITransport, AsyncClient

from services.registry import administration
from shared.auth import tokens
from shared.errors import Unauthorized
from tests.registry.conftest import Registry
from tests.world import ISSUER, Client

CREDENTIALS: dict[str, str] = {}
"""Of the client whose tokens are signed: a password would take longer than everything else here."""


async def client_of(registry: Registry) -> None:
    """Make the client."""
    made = await registry.system("partner@02")
    CREDENTIALS.update(client_id=made["client_id"], client_secret=made["client_secret"])


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Moves the verifiers' clock on."""
    passed, real = [0.0], time.monotonic

    class Clock:
        monotonic = staticmethod(lambda: real() + passed[0])
        time = staticmethod(time.time)

    monkeypatch.setattr(tokens, "time", Clock)

    def move(seconds: float) -> None:
        passed[0] += seconds

    return move


async def other_service(registry: Registry) -> Client:
    """A service that reads the keys from the registry over HTTP."""
    jaap = await registry.world.start("jaap")
    jaap.runtime.tokens._client = AsyncClient(transport=ASGITransport(registry.client.app), base_url=ISSUER)
    return jaap


async def pass_time(registry: Registry, seconds: int) -> None:
    await registry.execute("UPDATE signing_key SET signs_from = signs_from - make_interval(secs => :by)", by=seconds)


async def kid_of_next_token(registry: Registry) -> tuple[str, str]:
    """Which key signs now, and a token of it."""
    token = str((await registry.token(grant_type="client_credentials", **CREDENTIALS)).json()["access_token"])
    return tokens._key_id(token), token


async def states(registry: Registry) -> dict[str, str]:
    return {key["kid"]: key["state"] for key in (await registry.get("/signing-keys", "operator@")).json()["items"]}


async def test_no_valid_token_is_refused_through_a_rotation(registry: Registry, clock: Callable[[float], None]) -> None:
    """Half a minute at a time while the keys change, then faster; the oldest token that holds is verified each time."""
    await client_of(registry)
    jaap = await other_service(registry)
    old, token = await kid_of_next_token(registry)
    rotated = await registry.post("/signing-keys:rotate", "operator@")
    assert (rotated.status_code, rotated.json()["state"]) == (201, "next")
    new, now = rotated.json()["kid"], 0
    issued = [(0, token)]
    signed: list[str] = []
    for step in [30] * 14 + [120] * 11:
        kid, token = await kid_of_next_token(registry)
        signed.append(kid)
        issued = [(at, one) for at, one in [*issued, (now, token)] if now - at <= 15 * 60]
        for verifier in (registry.client.runtime.tokens, jaap.runtime.tokens):
            for _, one in issued[:1] + issued[-1:]:
                assert (await verifier.verify(one)).name == "Partner"
        await pass_time(registry, step)
        clock(step)
        now += step
    turn = signed.index(new)
    assert signed == [old] * turn + [new] * (len(signed) - turn)
    assert 9 <= turn <= 11
    assert await states(registry) == {old: "past", new: "signing"}
    published = [key["kid"] for key in (await registry.get("/jwks")).json()["keys"]]
    assert published == [new]


async def test_a_withdrawn_key_is_refused_everywhere_within_a_minute(
    registry: Registry, clock: Callable[[float], None]
) -> None:
    await client_of(registry)
    jaap = await other_service(registry)
    stolen, token = await kid_of_next_token(registry)
    assert (await jaap.runtime.tokens.verify(token)).name == "Partner"
    answers = await asyncio.gather(*(registry.post(f"/signing-keys/{stolen}:withdraw", "operator@") for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    clock(tokens.MAXIMUM_AGE_SECONDS + 1)
    fresh, other = await kid_of_next_token(registry)
    assert fresh != stolen
    for verifier in (registry.client.runtime.tokens, jaap.runtime.tokens):
        assert (await verifier.verify(other)).name == "Partner"
        with pytest.raises(Unauthorized):
            await verifier.verify(token)
    assert await states(registry) == {stolen: "withdrawn", fresh: "signing"}
    assert tokens.MAXIMUM_AGE_SECONDS + tokens.REFETCH_SECONDS < 60


async def test_only_operators_of_the_nation_touch_keys(registry: Registry) -> None:
    for path in ("/signing-keys:rotate", "/signing-keys/x:withdraw"):
        assert (await registry.post(path)).status_code == 401
        assert (await registry.post(path, "ncdds@")).json()["code"] == "permission_missing"
        assert (await registry.post(path, "operator@02")).json()["code"] == "area_not_covered"
    assert (await registry.get("/signing-keys")).status_code == 401
    assert (await registry.get("/signing-keys", "operator@02")).status_code == 403
    assert (await registry.post("/signing-keys/x:withdraw", "operator@")).json()["code"] == "signing_key_not_found"


async def test_one_rotation_at_a_time(registry: Registry) -> None:
    await client_of(registry)
    await kid_of_next_token(registry)
    answers = await asyncio.gather(*(registry.post("/signing-keys:rotate", "operator@") for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    trail = await registry.rows("SELECT subject, action FROM audit_entry WHERE subject_kind = 'signing_key'")
    assert len(trail) == 1
    assert "private" not in (await registry.get("/signing-keys", "operator@")).text


async def test_the_command_line_rotates_too(registry: Registry) -> None:
    await client_of(registry)
    await kid_of_next_token(registry)
    key = await administration.rotate_signing_key(registry.client.runtime.settings)
    assert (await states(registry))[key.kid] == "next"
    withdrawn = await registry.post(f"/signing-keys/{key.kid}:withdraw", "operator@")
    assert withdrawn.json()["state"] == "withdrawn"
    assert (await registry.post("/signing-keys:rotate", "operator@")).status_code == 201
