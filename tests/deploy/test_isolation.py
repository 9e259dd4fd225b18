"""No service reaches another's tables, events or replies: PostgreSQL and NATS see to it."""

import asyncio
from typing import Any

import asyncpg
import nats
import pytest
from nats.aio.client import Client
from nats.js.api import ConsumerConfig

from shared.events.streams import ensure_streams
from tests.world import SERVICES, Parts


async def connect(parts: Parts, role: str) -> "asyncpg.Connection[Any]":
    """A session as a role."""
    return await asyncpg.connect(parts.postgres.url(role))


@pytest.mark.parametrize("role", SERVICES)
async def test_a_role_works_in_its_own_schema_alone(parts: Parts, role: str) -> None:
    session = await connect(parts, role)
    try:
        assert await session.fetchrow("SELECT current_user, current_schema()") == (role, role)
        readable = await session.fetch(
            "SELECT nspname FROM pg_namespace WHERE nspname = ANY($1) AND has_schema_privilege(nspname, 'USAGE')",
            [*SERVICES, "public"],
        )
        assert [row["nspname"] for row in readable] == [role]
    finally:
        await session.close()


async def test_the_log_of_slow_statements_has_none_of_their_values(parts: Parts) -> None:
    """Under load a ballot's statement is slow: its scores and the phone's hash would stand in the log with the time."""
    session = await connect(parts, "scorecard")
    try:
        for setting in ("log_parameter_max_length", "log_parameter_max_length_on_error"):
            assert await session.fetchval(f"SHOW {setting}") == "0"
    finally:
        await session.close()


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT count(*) FROM budget.outbox",
        "CREATE TABLE budget.mine (id int)",
        "CREATE TABLE public.mine (id int)",
        "CREATE SCHEMA mine",
        "CREATE DATABASE mine",
        "CREATE ROLE mine",
        "SET ROLE budget",
        "COPY (SELECT 1) TO PROGRAM 'true'",
    ],
)
async def test_jaap_cannot(parts: Parts, statement: str) -> None:
    session = await connect(parts, "jaap")
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await session.execute(statement)
    finally:
        await session.close()


async def test_setting_up_again_changes_nothing(parts: Parts) -> None:
    parts.postgres.set_up()
    session = await connect(parts, "jaap")
    assert await session.fetchval("SELECT current_schema()") == "jaap"
    await session.close()


class Listener:
    """A NATS client that notes what the server refuses."""

    def __init__(self, parts: Parts, user: str) -> None:
        self.parts, self.user = parts, user
        self.refused: asyncio.Queue[str] = asyncio.Queue()

    async def __aenter__(self) -> "Listener":
        async def note(error: Exception) -> None:
            self.refused.put_nowait(str(error).lower())

        self.client = await nats.connect(
            self.parts.nats.url, user=self.user, password=self.parts.passwords[self.user], error_cb=note,
            inbox_prefix=f"_INBOX_{self.user}".encode(),
        )  # fmt: skip
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.client.close()

    async def refusal(self) -> str:
        """The next refusal."""
        return await asyncio.wait_for(self.refused.get(), 60)


async def test_jaap_publishes_its_own_events_alone(parts: Parts) -> None:
    await ensure_streams(parts.nats.url, "admin", parts.passwords["admin"])
    async with Listener(parts, "jaap") as jaap:
        await jaap.client.jetstream().publish("isaf.jaap.plan.opened.v1.test", b"{}", stream="JAAP")
        await jaap.client.publish("isaf.budget.allocation.made.v1.test", b"{}")
        assert 'permissions violation for publish to "isaf.budget' in await jaap.refusal()


@pytest.mark.parametrize("subject", ["isaf.budget.>", "_INBOX_budget.>", "_INBOX.>", ">", "$JS.>"])
async def test_jaap_listens_to_nothing_of_others(parts: Parts, subject: str) -> None:
    async with Listener(parts, "jaap") as jaap:
        await jaap.client.subscribe(subject)
        assert "permissions violation for subscription" in await jaap.refusal()


@pytest.mark.parametrize(
    "subject",
    [
        "$JS.API.STREAM.DELETE.BUDGET",
        "$JS.API.STREAM.PURGE.JAAP",
        "$JS.API.STREAM.CREATE.MINE",
        "$JS.API.CONSUMER.DELETE.BUDGET.budget",
        "$JS.API.CONSUMER.MSG.NEXT.JAAP.budget",
        "$JS.API.CONSUMER.CREATE.BUDGET.notify",
        "$JS.API.STREAM.MSG.GET.BUDGET",
        "$JS.ACK.JAAP.budget.1.1.1.1.0",
        "$SYS.REQ.SERVER.PING",
    ],
)
async def test_jaap_commands_nothing_of_others(parts: Parts, subject: str) -> None:
    async with Listener(parts, "jaap") as jaap:
        await jaap.client.publish(subject, b"{}")
        assert "permissions violation for publish" in await jaap.refusal()


async def test_jaap_reads_budget_through_its_own_consumer(parts: Parts) -> None:
    await ensure_streams(parts.nats.url, "admin", parts.passwords["admin"])
    async with Listener(parts, "jaap") as jaap:
        stream = jaap.client.jetstream()
        await stream.add_consumer("BUDGET", ConsumerConfig(durable_name="jaap", name="jaap"))
        assert (await stream.consumer_info("BUDGET", "jaap")).name == "jaap"
        await stream.delete_consumer("BUDGET", "jaap")


async def test_a_wrong_password_is_refused(parts: Parts) -> None:
    async def ignore(_: Exception) -> None: ...

    client = Client()
    with pytest.raises(nats.errors.Error):
        await client.connect(
            parts.nats.url, user="jaap", password="wrong", allow_reconnect=False, error_cb=ignore, connect_timeout=2
        )
    await client.close()
