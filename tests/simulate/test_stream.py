import asyncio
import json
from typing import Any

import pytest

from simulate import stream
from simulate.actors import Actor
from simulate.client import Api
from simulate.stream import Dashboard


class Notify:
    """Tells its messages over the stream, a few per connection, and then cuts the line."""

    def __init__(self, *per_connection: int) -> None:
        self.per_connection = list(per_connection)
        self.resumed_after: list[int] = []
        self.resumed = asyncio.Event()
        """Somebody came back after all had been told, so it has all been read."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        if "/inbox" in head:
            body = json.dumps({"items": [{"id": 7}], "next_cursor": None}).encode()
            writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        else:
            after = int(
                next(line for line in head.split("\r\n") if line.lower().startswith("last-event-id")).split()[1]
            )
            self.resumed_after.append(after)
            await self._tell(writer, after)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    async def _tell(self, writer: asyncio.StreamWriter, after: int) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 99999\r\n\r\n: open\n\n")
        if not self.per_connection:
            self.resumed.set()
            return
        for number in range(after + 1, after + 1 + self.per_connection.pop(0)):
            data: dict[str, Any] = {"id": number, "event_id": f"e{number}"}
            writer.write(f"event: message\ndata: {json.dumps(data)}\nid: {number}\n\n".encode())


async def test_a_cut_line_is_taken_up_after_the_last_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "FIRST_PAUSE", 0.001)
    monkeypatch.setattr(stream, "LONGEST_PAUSE", 0.002)
    notify = Notify(2, 0, 3)
    listener = await asyncio.start_server(notify.serve, "127.0.0.1", 0)
    api = Api(f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}")
    async with listener, Dashboard() as dashboard:
        await dashboard.follow(Actor(api, "officer", {"token": "t"}))
        async with asyncio.timeout(60):
            await notify.resumed.wait()
    await api.close()
    assert [message["id"] for message in dashboard.messages] == [8, 9, 10, 11, 12]
    assert notify.resumed_after[:3] == [7, 9, 9]
    assert dashboard.connections >= 3
