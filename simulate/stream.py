"""An officer's dashboard: keeps the live stream open all year, and misses nothing when the line is cut."""

import asyncio
import json
from typing import Any

import httpx

from simulate.actors import Actor
from simulate.client import FIRST_PAUSE, LONGEST_PAUSE

SILENCE = 20.0
"""The stream says something every 15 seconds; a longer silence means that the line is dead."""


class Dashboard:
    """Reads server-sent events, reconnecting with the id of the last one."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.connections = 0
        self.reader: Actor | None = None
        self.began_after = 0
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Dashboard":
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def follow(self, reader: Actor) -> None:
        """Watch somebody's inbox from now on."""
        newest = await reader.get("notify", "/inbox", limit=1)
        self.began_after = max((int(message["id"]) for message in newest["items"]), default=0)
        self.reader = reader
        self._task = asyncio.create_task(self._keep_open(reader), name="dashboard")

    async def _keep_open(self, reader: Actor) -> None:
        pause = FIRST_PAUSE
        async with reader.api.line(silence=SILENCE) as line:
            while True:
                before = len(self.messages)
                try:
                    await self._read(line, reader)
                except httpx.TransportError:
                    pause = FIRST_PAUSE if len(self.messages) > before else min(2 * pause, LONGEST_PAUSE)
                await asyncio.sleep(pause)

    async def _read(self, line: httpx.AsyncClient, reader: Actor) -> None:
        last = self.messages[-1]["id"] if self.messages else self.began_after
        headers = {**await reader.authorization(), "Last-Event-ID": str(last)}
        async with line.stream("GET", "/api/notify/v1/stream", headers=headers) as answer:
            self.connections += answer.is_success
            data = ""
            async for text in answer.aiter_lines():
                if text.startswith("data:"):
                    data += text.removeprefix("data:").strip()
                elif not text and data:
                    self.messages.append(json.loads(data))
                    data = ""
