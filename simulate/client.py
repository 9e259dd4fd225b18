"""A patient client of the public API: it tries again what failed on the way, and nothing is ever done twice.

A POST carries an Idempotency-Key that stays the same from try to try, so a request whose answer was lost may be sent
again. What the API refuses is told at once; what is merely away is waited for.
"""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlsplit
from uuid import uuid4

import httpx

T = TypeVar("T")

AWAY = frozenset({408, 429, 502, 503, 504})
"""Answers that say "later", not "no"."""
CONCURRENCY = 16
PATIENCE = 120.0
"""How long one request is tried before the story gives up, in seconds."""
REACH = 10.0
SILENCE = 30.0
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 2.0
POLL, LONGEST_POLL = 0.05, 0.5
PAGE = 500


class Refused(Exception):
    """The API understood and said no."""

    def __init__(self, answer: httpx.Response) -> None:
        self.status = answer.status_code
        try:
            problem = dict(answer.json())
        except (ValueError, TypeError):
            problem = {}
        self.code = str(problem.get("code", ""))
        self.detail = str(problem.get("detail") or answer.text[:300])
        fields = "; ".join(f"{error.get('pointer')}: {error.get('detail')}" for error in problem.get("errors", []))
        request = f"{answer.request.method} {answer.request.url.path}"
        super().__init__(f"{request} was refused: {self.status} {self.code}: {self.detail} {fields}".strip())


class GaveUp(Exception):
    """Something did not come within its time; the text says what was waited for."""


@dataclass
class Traffic:
    """What was sent, counted for the report."""

    requests: int = 0
    retries: int = 0
    by_service: Counter[str] = field(default_factory=Counter)
    by_status: Counter[int] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)

    def percentile(self, share: float) -> float:
        """The time within which this share of the answers came, in milliseconds."""
        ordered = sorted(self.seconds)
        return round(ordered[int(share * (len(ordered) - 1))] * 1000, 1) if ordered else 0.0


class Api:
    """The way to the gateway for all actors, with at most CONCURRENCY requests under way."""

    def __init__(self, base_url: str, *, concurrency: int = CONCURRENCY, patience: float = PATIENCE) -> None:
        self.base_url, self.patience = base_url.rstrip("/"), patience
        self.traffic = Traffic()
        self._tls = httpx.create_ssl_context()
        self._lines = [self.line() for _ in range(concurrency)]
        self._free: asyncio.LifoQueue[httpx.AsyncClient] = asyncio.LifoQueue()
        for line in self._lines:
            self._free.put_nowait(line)

    def line(self, *, silence: float = SILENCE) -> httpx.AsyncClient:
        """One connection (a pool of many looks at each of them before every request), dead after so long a silence."""
        return httpx.AsyncClient(
            base_url=self.base_url,
            timeout=httpx.Timeout(silence, connect=3.0),
            limits=httpx.Limits(max_connections=1, max_keepalive_connections=1),
            headers={"Accept-Language": "en", "User-Agent": "isaf-simulate"},
            trust_env=urlsplit(self.base_url).hostname not in {"127.0.0.1", "localhost", "::1"},
            verify=self._tls,
        )

    async def close(self) -> None:
        """Close the connections."""
        await asyncio.gather(*(line.aclose() for line in self._lines))

    async def reach(self) -> None:
        """Raise GaveUp soon when nothing answers there at all: the address is probably wrong."""
        patience, self.patience = self.patience, REACH
        try:
            await self.send("GET", "registry", "/gazetteer")
        except (GaveUp, Refused) as problem:
            raise GaveUp(f"ISAF does not answer at {self.base_url}: {problem}") from problem
        finally:
            self.patience = patience

    async def send(
        self,
        method: str,
        service: str,
        path: str,
        *,
        headers: Callable[[], Awaitable[dict[str, str]]] | None = None,
        version: str | None = None,
        media_type: str | None = None,
        **content: Any,
    ) -> httpx.Response:
        """Send until there is an answer that is a yes or a no; raises Refused for a no, GaveUp when none comes."""
        deadline = time.monotonic() + self.patience
        fixed = {"Idempotency-Key": str(uuid4())} if method == "POST" and "data" not in content else {}
        fixed |= {"If-Match": version} if version else {}
        fixed |= {"Content-Type": media_type} if media_type else {}
        url = f"/api/{service}/v1{path}"
        pause = FIRST_PAUSE
        while True:
            sent = {**fixed, **(await headers() if headers else {})}
            answer, failure = await self._try(method, url, service, sent, content)
            if answer is not None and answer.status_code not in AWAY:
                if answer.is_success:
                    return answer
                raise Refused(answer)
            wait = max(pause, _retry_after(answer)) * random.uniform(0.75, 1.25)
            if time.monotonic() + wait > deadline:
                raise GaveUp(f"{method} {url} was tried for {self.patience:.0f} s; last: {failure}")
            self.traffic.retries += 1
            self.traffic.failures[failure] += 1
            await asyncio.sleep(wait)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _try(
        self, method: str, url: str, service: str, headers: dict[str, str], content: dict[str, Any]
    ) -> tuple[httpx.Response | None, str]:
        line = await self._free.get()
        began = time.monotonic()
        self.traffic.requests += 1
        self.traffic.by_service[service] += 1
        try:
            answer = await line.request(method, url, headers=headers, **content)
        except httpx.TransportError as error:
            return None, f"{type(error).__name__}"
        finally:
            self._free.put_nowait(line)
        self.traffic.seconds.append(time.monotonic() - began)
        self.traffic.by_status[answer.status_code] += 1
        return answer, f"{answer.status_code}"


def _retry_after(answer: httpx.Response | None) -> float:
    """The pause that the answer asks for, up to the longest: a few requests at a time are no flood."""
    told = answer.headers.get("Retry-After", "") if answer is not None else ""
    return min(float(told), LONGEST_PAUSE) if told.isdigit() else 0.0


class Caller:
    """Somebody who speaks to the API; this base is anybody, without a token."""

    def __init__(self, api: Api) -> None:
        self.api = api

    async def authorization(self) -> dict[str, str]:
        """The headers that say who is speaking."""
        return {}

    async def get(self, service: str, path: str, **params: Any) -> Any:
        """Read one thing."""
        return (await self._send("GET", service, path, params=_given(params))).json()

    async def post(self, service: str, path: str, body: Any = None) -> Any:
        """Do something, once; returns what the API says of it, None where it says nothing."""
        answer = await self._send("POST", service, path, **({} if body is None else {"json": body}))
        return answer.json() if answer.content else None

    async def put(self, service: str, path: str, body: Any = None) -> None:
        """Make it so; sent again, it stays so."""
        await self._send("PUT", service, path, **({} if body is None else {"json": body}))

    async def upload(self, service: str, path: str, table: str) -> Any:
        """Send a file of comma-separated values, once."""
        return (await self._send("POST", service, path, content=table.encode(), media_type="text/csv")).json()

    async def change(self, service: str, path: str, body: dict[str, Any]) -> Any:
        """Change something as it stands now; when somebody else was faster, look again and change it all the same."""
        while True:
            seen = await self._send("GET", service, path)
            try:
                answer = await self._send("PATCH", service, path, json=body, version=seen.headers["ETag"])
            except Refused as refused:
                if refused.status != httpx.codes.PRECONDITION_FAILED:
                    raise
            else:
                return answer.json()

    async def items(self, service: str, path: str, **params: Any) -> list[dict[str, Any]]:
        """A whole list, page by page."""
        found: list[dict[str, Any]] = []
        cursor: str | None = None
        while True:
            page = await self.get(service, path, **params, limit=PAGE, cursor=cursor)
            found += page["items"]
            cursor = page.get("next_cursor")
            if cursor is None:
                return found

    async def _send(self, method: str, service: str, path: str, **content: Any) -> httpx.Response:
        return await self.api.send(method, service, path, headers=self.authorization, **content)


def _given(params: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in params.items() if value is not None}


async def refusal(asking: Awaitable[Any]) -> str:
    """The code with which a request is refused; "" when it was not refused."""
    try:
        await asking
    except Refused as refused:
        return refused.code or str(refused.status)
    return ""


async def eventually(what: str, look: Callable[[], Awaitable[T | None]], *, patience: float = PATIENCE) -> T:
    """Look again and again until there is something to see; raises GaveUp, saying what did not come."""
    deadline = time.monotonic() + patience
    pause = POLL
    while (found := await look()) is None:
        if time.monotonic() > deadline:
            raise GaveUp(f"Waited {patience:.0f} s in vain for {what}.")
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, LONGEST_POLL)
    return found


NOT_YET_KNOWN = frozenset({"area_unknown", "unit_unknown", "unit_not_found", "unit_not_in_round"})
"""A service may not have heard yet of what the registry just wrote down."""


async def once_known(what: str, ask: Callable[[], Awaitable[T]], *, patience: float = PATIENCE) -> T:
    """Ask again while the service has not heard yet of the area or unit; other refusals are raised at once."""

    async def look() -> T | None:
        try:
            return await ask()
        except Refused as refused:
            if refused.code not in NOT_YET_KNOWN:
                raise
            return None

    return await eventually(what, look, patience=patience)
