import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from simulate import client
from simulate.actors import Actor, Office, operator
from simulate.client import Api, Caller, GaveUp, Refused, eventually, once_known, refusal

Line = tuple[int, dict[str, str], Any] | None
"""What the server does with a request: status, headers and body; None drops the connection after reading it."""


@dataclass
class Server:
    """Answers request after request by a script, and remembers what came."""

    script: list[Line]
    port: int = 0
    requests: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        self.requests.append((head[0].removesuffix(" HTTP/1.1"), headers, body))
        line = self.script.pop(0)
        if line is not None:
            status, extra, content = line
            payload = json.dumps(content).encode()
            fields = {"Content-Length": str(len(payload)), "Connection": "close", **extra}
            lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
            writer.write(f"HTTP/1.1 {status} X\r\n{lines}\r\n".encode() + payload)
            await writer.drain()
        writer.close()
        await writer.wait_closed()


@asynccontextmanager
async def serving(*script: Line) -> AsyncIterator[tuple[Server, Api]]:
    server = Server(list(script))
    listener = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.port = listener.sockets[0].getsockname()[1]
    api = Api(server.url, patience=60)
    async with listener:
        yield server, api
        await api.close()


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "FIRST_PAUSE", 0.001)
    monkeypatch.setattr(client, "LONGEST_PAUSE", 0.002)
    monkeypatch.setattr(client, "POLL", 0.001)


async def test_what_is_away_is_asked_again_with_the_same_key() -> None:
    away: Line = (503, {"Retry-After": "5"}, {"code": "service_unavailable"})
    async with serving(away, None, (429, {}, {}), (201, {}, {"id": "x"})) as (server, api):
        assert await Caller(api).post("jaap", "/plans", {"a": 1}) == {"id": "x"}
    keys = {headers["idempotency-key"] for _, headers, _ in server.requests}
    assert len(server.requests) == 4
    assert len(keys) == 1
    assert {body for _, _, body in server.requests} == {b'{"a":1}'}
    assert api.traffic.retries == 3
    assert sum(api.traffic.failures.values()) == 3


async def test_two_posts_have_two_keys_and_a_read_has_none() -> None:
    answer: Line = (200, {}, {})
    async with serving(answer, answer, answer) as (server, api):
        await Caller(api).post("jaap", "/a")
        await Caller(api).post("jaap", "/a")
        await Caller(api).get("jaap", "/a", area="02", cursor=None)
    keys = [headers.get("idempotency-key") for _, headers, _ in server.requests]
    assert keys[0] != keys[1]
    assert keys[2] is None
    assert server.requests[2][0] == "GET /api/jaap/v1/a?area=02"


async def test_a_file_is_sent_as_it_is_and_again_when_its_answer_is_lost() -> None:
    async with serving(None, (200, {}, {"created": 1})) as (server, api):
        assert await Caller(api).upload("registry", "/participations:import", "year,code") == {"created": 1}
    assert [body for _, _, body in server.requests] == [b"year,code"] * 2
    assert {headers["content-type"] for _, headers, _ in server.requests} == {"text/csv"}
    assert len({headers["idempotency-key"] for _, headers, _ in server.requests}) == 1


async def test_a_refusal_is_told_at_once() -> None:
    problem = {"code": "envelope_exhausted", "detail": "Too much.", "errors": [{"pointer": "/amount", "detail": "x"}]}
    async with serving((409, {}, problem), (409, {}, problem), (500, {}, "oops")) as (server, api):
        with pytest.raises(Refused, match=r"409 envelope_exhausted: Too much\. /amount: x"):
            await Caller(api).post("budget", "/allocations", {})
        assert await refusal(Caller(api).post("budget", "/allocations", {})) == "envelope_exhausted"
        assert await refusal(Caller(api).get("budget", "/x")) == "500"
    assert len(server.requests) == 3
    assert api.traffic.retries == 0


async def test_a_server_that_stays_away_is_given_up_with_a_reason() -> None:
    api = Api("http://127.0.0.1:9", patience=0.05)
    with pytest.raises(GaveUp, match=r"GET /api/jaap/v1/plans was tried for 0 s; last: ConnectError"):
        await Caller(api).get("jaap", "/plans")
    await api.close()


async def test_a_wrong_address_is_told_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "REACH", 0.05)
    api = Api("http://127.0.0.1:9")
    with pytest.raises(GaveUp, match=r"ISAF does not answer at http://127\.0\.0\.1:9"):
        await api.reach()
    assert api.patience == client.PATIENCE
    await api.close()


async def test_lists_are_read_to_their_end() -> None:
    pages: list[Line] = [
        (200, {}, {"items": [{"id": 1}, {"id": 2}], "next_cursor": "c"}),
        (200, {}, {"items": [{"id": 3}], "next_cursor": None}),
    ]
    async with serving(*pages) as (server, api):
        found = await Caller(api).items("jaap", "/plans", year=2026)
    assert [item["id"] for item in found] == [1, 2, 3]
    assert server.requests[1][0] == "GET /api/jaap/v1/plans?year=2026&limit=500&cursor=c"


async def test_a_change_is_made_to_what_was_last_seen() -> None:
    stale: Line = (412, {}, {"code": "version_changed"})
    script: list[Line] = [(200, {"ETag": '"1"'}, {}), stale, (200, {"ETag": '"2"'}, {}), (200, {}, {"active": False})]
    async with serving(*script) as (server, api):
        assert await Caller(api).change("notify", "/subscriptions/s", {"active": False}) == {"active": False}
    assert [headers.get("if-match") for _, headers, _ in server.requests] == [None, '"1"', None, '"2"']


def token(number: int, expires_in: int = 900) -> Line:
    return (200, {}, {"access_token": f"t{number}", "refresh_token": f"r{number}", "expires_in": expires_in})


async def test_an_actor_signs_in_once_and_renews_before_the_token_runs_out() -> None:
    ok: Line = (200, {}, {})
    async with serving(token(1), ok, ok) as (server, api):
        actor = Actor(api, "caf", {"grant_type": "password", "username": "u", "password": "p"})
        await actor.get("jaap", "/a")
        await actor.get("jaap", "/a")
        assert server.requests[0][2] == b"grant_type=password&username=u&password=p"
        assert [headers["authorization"] for _, headers, _ in server.requests[1:]] == ["Bearer t1"] * 2
    async with serving(token(1, expires_in=30), ok, token(2), ok) as (server, api):
        actor = Actor(api, "caf", {"grant_type": "password", "username": "u", "password": "p"})
        await actor.get("jaap", "/a")
        await actor.get("jaap", "/a")
        assert server.requests[2][2] == b"grant_type=refresh_token&refresh_token=r1"
        assert server.requests[3][1]["authorization"] == "Bearer t2"
        assert actor.sign_ins == 2


async def test_a_refused_refresh_or_token_leads_back_to_the_password() -> None:
    ok: Line = (200, {}, {})
    no: Line = (400, {}, {"code": "invalid_grant"})
    async with serving(token(1), (401, {}, {"code": "invalid_token"}), no, token(2), ok) as (server, api):
        actor = Actor(api, "caf", {"grant_type": "password", "username": "u", "password": "p"})
        await actor.get("jaap", "/a")
        assert server.requests[-1][1]["authorization"] == "Bearer t2"


async def test_the_given_operator_token_is_used_as_it_is() -> None:
    async with serving((200, {}, {}), (401, {}, {"code": "invalid_token"})) as (server, api):
        who = operator(api, {"token": "given"})
        await who.get("registry", "/accounts/me")
        assert server.requests[0][1]["authorization"] == "Bearer given"
        with pytest.raises(Refused):
            await who.get("registry", "/accounts/me")


async def test_waiting_ends_with_what_was_waited_for() -> None:
    seen = iter([None, None, 7])

    async def look() -> int | None:
        return next(seen)

    assert await eventually("a plan", look) == 7

    async def never() -> None:
        return None

    with pytest.raises(GaveUp, match=r"in vain for the plan of Bavel"):
        await eventually("the plan of Bavel", never, patience=0.01)


async def test_a_service_that_has_not_heard_yet_is_asked_again() -> None:
    not_yet: Line = (422, {}, {"code": "area_unknown"})
    async with serving(not_yet, (201, {}, {"id": "e"}), (403, {}, {"code": "permission_missing"})) as (_, api):
        caller = Caller(api)
        assert await once_known("budget to know 0203", lambda: caller.post("budget", "/envelopes", {})) == {"id": "e"}
        with pytest.raises(Refused, match="permission_missing"):
            await once_known("budget to know 0203", lambda: caller.post("budget", "/envelopes", {}))


def test_user_names_tell_role_place_and_year() -> None:
    assert Office("caf", "020103", number=2).username(2026) == "caf.020103.2.2026"
    assert Office("provider", "020103", "HC-020103-1").username(2026) == "provider.hc-020103-1.1.2026"
    assert Office("ncdds", "").username(2027) == "ncdds.nation.1.2027"
