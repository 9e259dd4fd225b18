"""Packed bodies over real sockets: unpacked for the service, never beyond the limit, and refused when damaged."""

import asyncio
import gzip
import json
import socket
import threading
import tracemalloc
import zlib
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI, Request
from starlette.types import Message, Scope

from shared import error_handlers
from shared.packed import MAXIMUM_UNPACKED_BYTES, PackedBodies
from tests.conftest import free_port
from tests.gateway.running import PATIENCE, until

GZIP = {"content-encoding": "gzip", "content-type": "application/json"}


def echo() -> FastAPI:
    """A service that says what it read."""
    app = FastAPI(openapi_url=None)
    error_handlers.install(app)

    @app.post("/echo")
    async def read(request: Request) -> dict[str, Any]:
        body = await request.body()
        return {"bytes": len(body), "length": request.headers["content-length"], "start": body[:20].decode("latin-1")}

    @app.post("/json")
    async def parse(body: dict[str, Any]) -> dict[str, Any]:
        return body

    return app


@pytest.fixture(scope="module")
def served() -> Iterator[int]:
    """Its port."""
    port = free_port()
    config = uvicorn.Config(PackedBodies(echo()), port=port, log_level="critical", lifespan="off", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until(lambda: server.started, "the service listens")
    yield port
    server.should_exit = True
    thread.join(PATIENCE)


@pytest.fixture
def client(served: int) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"http://127.0.0.1:{served}", timeout=PATIENCE) as client:
        yield client


def bomb(size: int = 50 * MAXIMUM_UNPACKED_BYTES) -> bytes:
    """Zeros, so many bytes of them unpacked."""
    packer = zlib.compressobj(6, wbits=31)
    block = bytes(1024 * 1024)
    return b"".join([*(packer.compress(block) for _ in range(size // len(block))), packer.flush()])


@pytest.fixture(scope="module")
def packed_bomb() -> bytes:
    return bomb()


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "x-gzip"])
def test_a_packed_body_is_read_like_an_unpacked_one(client: httpx.Client, encoding: str) -> None:
    said = {"name": "គណនេយ្យភាព" * 1000}
    packed = gzip.compress(json.dumps(said).encode())
    assert client.post("/json", content=packed, headers=GZIP | {"content-encoding": encoding}).json() == said
    in_pieces = client.post("/json", content=iter([packed[:7], packed[7:8], packed[8:]]), headers=GZIP)
    assert in_pieces.json() == said
    length = len(json.dumps(said).encode())
    assert client.post("/echo", content=packed, headers=GZIP).json()["length"] == str(length)


def test_unpacked_bodies_pass_as_they_are(client: httpx.Client) -> None:
    for headers in ({}, {"content-encoding": "identity"}):
        assert client.post("/json", json={"a": 1}, headers=headers).json() == {"a": 1}


def test_up_to_the_limit_and_no_further(client: httpx.Client) -> None:
    most = gzip.compress(bytes(MAXIMUM_UNPACKED_BYTES))
    assert client.post("/echo", content=most, headers=GZIP).json()["bytes"] == MAXIMUM_UNPACKED_BYTES
    more = gzip.compress(bytes(MAXIMUM_UNPACKED_BYTES + 1))
    answer = client.post("/echo", content=more, headers=GZIP)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


def test_a_bomb_is_refused_and_the_service_goes_on(client: httpx.Client, packed_bomb: bytes) -> None:
    for _ in range(3):
        answer = client.post("/echo", content=packed_bomb, headers=GZIP)
        assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert client.post("/json", json={"a": 1}).json() == {"a": 1}


async def test_a_bomb_takes_no_more_memory_than_the_limit(packed_bomb: bytes) -> None:
    pieces = iter([packed_bomb[start : start + 65536] for start in range(0, len(packed_bomb), 65536)])
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": next(pieces), "more_body": True}

    async def send(message: Message) -> None:
        sent.append(message)

    scope: Scope = {"type": "http", "method": "POST", "headers": [(b"content-encoding", b"gzip")]}
    tracemalloc.start()
    await PackedBodies(echo())(scope, receive, send)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert sent[0]["status"] == 413
    assert peak < 3 * MAXIMUM_UNPACKED_BYTES


@pytest.mark.parametrize(
    "damage",
    [
        lambda whole: whole[: len(whole) // 2],
        lambda whole: whole[:-1],
        lambda whole: b"{}",
        lambda whole: b"",
        lambda whole: whole[:40] + b"\xff" + whole[41:],
        lambda whole: whole + b"more",
        lambda whole: whole + whole,
        lambda whole: zlib.compress(b"{}"),
    ],
    ids=["half", "a byte short", "plain", "nothing", "changed", "more", "twice", "zlib"],
)
def test_a_damaged_body_is_refused_by_its_own_code(client: httpx.Client, damage: Any) -> None:
    answer = client.post("/json", content=damage(gzip.compress(b'{"a": "' + b"x1y2" * 99 + b'"}')), headers=GZIP)
    assert (answer.status_code, answer.json()["code"]) == (400, "gzip_damaged")
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_refusal_is_in_the_readers_language(client: httpx.Client) -> None:
    answer = client.post("/json", content=b"x", headers=GZIP | {"accept-language": "km"})
    assert "gzip" in answer.json()["detail"]
    assert answer.json()["title"] == "សំណើមិនត្រឹមត្រូវ"


@pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, gzip", "zstd", "x" * 300])
def test_other_packings_are_refused(client: httpx.Client, encoding: str) -> None:
    answer = client.post("/json", content=b"{}", headers={"content-encoding": encoding})
    assert (answer.status_code, answer.json()["code"]) == (415, "encoding_unsupported")
    assert answer.headers["accept-encoding"] == "gzip"


def test_packed_json_that_is_cut_off_is_told_as_such(client: httpx.Client) -> None:
    answer = client.post("/json", content=gzip.compress(b'{"a": [1, 2'), headers=GZIP)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_json")


async def test_a_client_that_leaves_in_mid_body_is_told_to_the_service(served: int) -> None:
    """And the service goes on."""
    head = b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\nContent-Length: 999\r\n\r\n"
    for _ in range(20):
        with closing(socket.create_connection(("127.0.0.1", served))) as connection:
            connection.sendall(head + gzip.compress(b"x" * 100)[:20])
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{served}", timeout=PATIENCE) as client:
        answers = await asyncio.gather(*(client.post("/json", json={"a": 1}) for _ in range(20)))
    assert all(answer.json() == {"a": 1} for answer in answers)
