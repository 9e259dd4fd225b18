"""Passwords: argon2id outside the event loop, a few at a time, as each takes 19 MiB and some 20 ms of a processor."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from services.registry.accounts.models import normal_password
from shared.errors import ServiceUnavailable

HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
AT_ONCE = 2
LONGEST_QUEUE = 100


class Turns:
    """Lets a few in at once and turns away who would wait too long."""

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        """Wait for a turn. Raises ServiceUnavailable when the queue is long."""
        if self._waiting >= LONGEST_QUEUE:
            raise ServiceUnavailable(
                "sign_in_busy",
                en="Very many people are signing in just now. Try again in a few seconds.",
                km="មានមនុស្សច្រើនកំពុងចូលប្រើប្រាស់។ សូមព្យាយាមម្ដងទៀតបន្តិចក្រោយ។",
            )
        self._waiting += 1
        try:
            async with self._free:
                yield
        finally:
            self._waiting -= 1


turns = Turns()


async def make_hash(password: str) -> str:
    """The stored form of a password."""
    async with turns.one():
        return await asyncio.to_thread(HASHER.hash, normal_password(password))


async def matches(password_hash: str | None, password: str) -> bool:
    """Whether the password is the one; takes as long for an unknown account. Call it within a turn."""
    return await asyncio.to_thread(_verify, password_hash, normal_password(password))


def _verify(password_hash: str | None, password: str) -> bool:
    try:
        HASHER.verify(password_hash or _nobodys_hash(), password)
    except (Argon2Error, InvalidHashError):
        return False
    return password_hash is not None


@cache
def _nobodys_hash() -> str:
    return HASHER.hash("nobody has this password")
