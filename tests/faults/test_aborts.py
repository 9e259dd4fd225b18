"""Clients that leave: in the middle of their headers, of a body, of an answer. Nothing of them stays behind."""

import asyncio
import gzip
import json
import socket
import struct
import time
from contextlib import suppress
from typing import Any

import asyncpg
import httpx
import pytest

from deploy.local.stack import Stack
from tests.installation import token_of

MANY = 50
MORE_THAN_A_POOL = 40
"""A service's pool gives out fifteen connections, and refuses after five seconds."""
AT_ONCE = struct.pack("ii", 1, 0)
PATIENCE = 20.0
"""Less than the 30 s after which PostgreSQL itself ends a session that holds a transaction and does nothing."""
STILL_OPEN = "SELECT count(*) FROM pg_stat_activity WHERE xact_start <= $1 AND pid <> pg_backend_pid()"
SERVICES = ("registry", "scorecard", "notify")


def doors(stack: Stack, service: str) -> list[int]:
    """The ports at which a service is reached: the gateway's, and its own, as another proxy would reach it."""
    return [stack.installation.port, int(stack.parts()[service]["address"].rsplit(":", 1)[1])]


async def leave(port: int, sent: bytes, *, read: int = 0) -> None:
    """Send the beginning of a request, perhaps read the beginning of its answer, and be gone without a farewell."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    connection: socket.socket = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
    writer.write(sent)
    with suppress(ConnectionError, TimeoutError):
        async with asyncio.timeout(PATIENCE):
            await writer.drain()
            if read:
                await reader.read(read)
    writer.transport.abort()


def request(method: str, path: str, token: str, body: bytes = b"", *, length: int | None = None) -> bytes:
    """A request as it goes over the wire; `length` is what it says of its body."""
    head = [
        f"{method} {path} HTTP/1.1",
        "Host: isaf",
        f"Authorization: Bearer {token}",
        "Content-Type: application/json",
        f"Content-Length: {len(body) if length is None else length}",
    ]
    return "\r\n".join([*head, "", ""]).encode() + body


async def must_be_well(stack: Stack, token: str) -> None:
    """More requests than a pool has connections are answered at once, and no transaction of before stays open.

    Those of the services' own work come and go; one that was left behind would be there for as long as we look.
    """
    headers = {"Authorization": f"Bearer {token}"}
    paths = ["/api/registry/v1/areas?limit=5", "/api/scorecard/v1/rounds", "/api/notify/v1/operations/events"]
    async with httpx.AsyncClient(base_url=stack.base_url, headers=headers, timeout=PATIENCE) as client:
        for path in paths:
            answers = await asyncio.gather(*(client.get(path) for _ in range(MORE_THAN_A_POOL)))
            assert {answer.status_code for answer in answers} == {200}, path
    for service in SERVICES:
        connection: Any = await asyncpg.connect(stack.environment(service)["ISAF_DATABASE_URL"])
        try:
            now = await connection.fetchval("SELECT clock_timestamp()")
            deadline = time.monotonic() + PATIENCE
            while still_open := await connection.fetchval(STILL_OPEN, now):
                assert time.monotonic() < deadline, f"{service}: {still_open} transactions stay open"
        finally:
            await connection.close()


@pytest.mark.parametrize(
    ("service", "path"),
    [
        ("registry", "/api/registry/v1/boundaries:import"),
        ("scorecard", "/api/scorecard/v1/records:sync"),
    ],
)
async def test_leaving_in_the_middle_of_a_body(stack: Stack, token: str, service: str, path: str) -> None:
    for port in doors(stack, service):
        sent = request("POST", path, token, b'{"records": [{"id": ', length=900_000)
        await asyncio.gather(*(leave(port, sent + b" " * (number * 1000)) for number in range(MANY)))
    await must_be_well(stack, token)


@pytest.mark.parametrize(
    ("service", "path"),
    [
        ("registry", "/api/registry/v1/areas?limit=500"),
        ("notify", "/api/notify/v1/stream"),
    ],
)
async def test_leaving_in_the_middle_of_an_answer(stack: Stack, token: str, service: str, path: str) -> None:
    for port in doors(stack, service):
        sent = request("GET", path, token)
        await asyncio.gather(*(leave(port, sent, read=number % 5 * 100) for number in range(MANY)))
    await must_be_well(stack, token)


async def test_leaving_while_a_change_is_stored(stack: Stack, token: str) -> None:
    """The round is made or not made; nobody waits for its sender."""
    planner = token_of(stack, "ncdds")
    body = {"year": 2001, "title_km": "ជុំទី១", "title_en": "First round", "area_codes": [""]}
    for port in doors(stack, "scorecard"):
        sent = request("POST", "/api/scorecard/v1/rounds", planner, json.dumps(body).encode())
        await asyncio.gather(*(leave(port, sent) for _ in range(MANY)))
    await must_be_well(stack, token)
    async with httpx.AsyncClient(base_url=stack.base_url, timeout=PATIENCE) as client:
        rounds = (await client.get("/api/scorecard/v1/rounds", params={"limit": 500})).json()["items"]
    assert 0 < len(rounds) <= 2 * MANY


async def test_what_is_half_sent_and_silent_holds_nothing(stack: Stack, token: str) -> None:
    """Others are served while half headers and half bodies wait, and after their senders have left."""
    waiting = []
    for port in doors(stack, "scorecard"):
        whole = request("POST", "/api/scorecard/v1/records:sync", token, b'{"records": [', length=90_000)
        await asyncio.gather(*(leave(port, whole[: 5 + number]) for number in range(MANY)))
        for number in range(2 * MANY):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(whole if number % 2 else whole[:40])
            waiting.append(writer)
    await must_be_well(stack, token)
    for writer in waiting:
        writer.transport.abort()
    await must_be_well(stack, token)


async def test_packed_bodies_that_are_bombs_or_cut_off(stack: Stack, token: str) -> None:
    bomb = gzip.compress(bytes(100 * 1024 * 1024))
    headers = {"Authorization": f"Bearer {token}", "Content-Encoding": "gzip", "Content-Type": "application/json"}
    async with httpx.AsyncClient(base_url=stack.base_url, headers=headers, timeout=PATIENCE) as client:
        for sent, status, code in ((bomb, 413, "body_too_large"), (bomb[:200], 400, "gzip_damaged")):
            posts = [client.post("/api/scorecard/v1/records:sync", content=sent) for _ in range(20)]
            answers = await asyncio.gather(*posts)
            assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(status, code)}
    await must_be_well(stack, token)
