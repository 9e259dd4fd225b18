"""What it costs to decide whether a caller may do something somewhere, which every request pays."""

import asyncio
import time
from collections.abc import Callable
from uuid import uuid4

import httpx
import uvloop
from joserfc import jwt
from joserfc.jwk import ECKey

from bench.figures import Figure
from shared.auth.permissions import Permission
from shared.auth.tokens import AUDIENCE, TokenVerifier
from shared.auth.user import User

ISSUER = "http://bench.test"
KEY = ECKey.generate_key("P-256", {"kid": "bench", "use": "sig", "alg": "ES256"})
REPEATS = 20_000
SIGNATURES = 500
MICROSECONDS = 1_000_000
PLACE = "020301"
ELSEWHERE = [f"caf@{number:04}01" for number in range(301, 350)]
"""The last grant of many is the one that decides: the slowest case."""


def run() -> list[Figure]:
    """In one process, without a database: revocations are read every ten seconds and looked up in a dictionary."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_measure())


async def _measure() -> list[Figure]:
    async with httpx.AsyncClient() as client:
        verifier = TokenVerifier(ISSUER, f"{ISSUER}/jwks.json", client)
        verifier.trust({"keys": [KEY.as_dict(private=False)]})
        figures = [
            Figure("token seen for the first time: signature and claims", await _new(verifier), "µs"),
            Figure("token known already", await _known(verifier, _token("caf@020301")), "µs"),
        ]
        for grants in (["caf@020301"], [*ELSEWHERE, "caf@020301"]):
            user = await verifier.verify(_token(*grants))
            name = f"role and area, {len(grants)} grant{'s' * (len(grants) > 1)}"
            figures.append(Figure(name, _each(REPEATS, lambda user=user: _decide(user)), "µs"))  # type: ignore[misc]
    return figures


def _token(*grants: str) -> str:
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": str(uuid4()), "iat": now, "exp": now + 900, "name": ""}
    return jwt.encode({"alg": "ES256", "kid": "bench"}, claims | {"grants": list(grants)}, KEY)


def _decide(user: User) -> None:
    user.with_permission(Permission.BALLOT_RECORD).must_cover(PLACE)


async def _new(verifier: TokenVerifier) -> float:
    tokens = [_token("caf@020301") for _ in range(SIGNATURES)]
    began = time.perf_counter()
    for token in tokens:
        await verifier.verify(token)
    return (time.perf_counter() - began) / SIGNATURES * MICROSECONDS


async def _known(verifier: TokenVerifier, token: str) -> float:
    await verifier.verify(token)
    began = time.perf_counter()
    for _ in range(REPEATS):
        await verifier.verify(token)
    return (time.perf_counter() - began) / REPEATS * MICROSECONDS


def _each(times: int, act: Callable[[], None]) -> float:
    began = time.perf_counter()
    for _ in range(times):
        act()
    return (time.perf_counter() - began) / times * MICROSECONDS
