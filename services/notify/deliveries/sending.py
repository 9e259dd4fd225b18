"""One call to a partner's receiver, within limits of time and size, to a checked address."""

import asyncio
import ssl
import time
from dataclasses import dataclass

import httpx

from services.notify.deliveries.addresses import checked_address

CONNECT_SECONDS = 5.0
TOTAL_SECONDS = 15.0
ANSWER_BYTES = 64 * 1024
"""How much of an answer is read; its content is of no use to us, and is neither kept nor shown."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a call."""

    status: int | None
    error: str | None
    duration_ms: int

    @property
    def delivered(self) -> bool:
        """Whether the receiver took the event."""
        return self.error is None

    @property
    def gone(self) -> bool:
        """Whether the receiver says that it wants no more."""
        return self.status == httpx.codes.GONE


class Sender:
    """Calls receivers; with `strict`, at public addresses alone."""

    def __init__(
        self, *, strict: bool, total_seconds: float = TOTAL_SECONDS, trusted: ssl.SSLContext | None = None
    ) -> None:
        self._strict, self._total_seconds = strict, total_seconds
        self._client = httpx.AsyncClient(
            verify=trusted or True,
            timeout=httpx.Timeout(total_seconds, connect=CONNECT_SECONDS),
            limits=httpx.Limits(max_keepalive_connections=0),
            follow_redirects=False,
            trust_env=False,
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def send(self, url: str, body: bytes, headers: dict[str, str]) -> Outcome:
        """POST the body; every failure is an outcome, not an exception."""
        began = time.monotonic()
        status, error = None, None
        try:
            async with asyncio.timeout(self._total_seconds):
                status = await self._post(await self._request(url, body, headers))
            error = None if 200 <= status < 300 else _refusal(status)
        except TimeoutError:
            error = f"no answer within {self._total_seconds:g} seconds"
        except Exception as failure:
            error = f"{type(failure).__name__}: {failure}"[:500]
        return Outcome(status, error, round((time.monotonic() - began) * 1000))

    async def _request(self, url: str, body: bytes, headers: dict[str, str]) -> httpx.Request:
        request = self._client.build_request("POST", url, content=body, headers=headers)
        if self._strict:
            host = request.url.raw_host.decode()
            request.extensions["sni_hostname"] = host
            request.url = request.url.copy_with(host=await checked_address(host))
        return request

    async def _post(self, request: httpx.Request) -> int:
        response = await self._client.send(request, stream=True)
        try:
            read = 0
            async for chunk in response.aiter_raw():
                read += len(chunk)
                if read >= ANSWER_BYTES:
                    break
        finally:
            await response.aclose()
        return response.status_code


def _refusal(status: int) -> str:
    return f"redirect not followed ({status})" if 300 <= status < 400 else f"answered {status}"
