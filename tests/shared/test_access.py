"""What a service knows of revoked tokens and of API keys, out of its own database."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from time import monotonic, time
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncSession

from shared.access_copy import write_access
from shared.auth import access
from shared.auth.access import Access
from shared.auth.api_keys import key_hash, make_key
from shared.errors import ServiceUnavailable, Unauthorized
from shared.events.registry import AccessChanged, KeyState
from tests.shared.conftest import API, Toy


def state(account: UUID, version: int = 1, **changes: object) -> AccessChanged:
    values = {"valid_from": datetime.now(UTC), "disabled": False, "name": None}
    return AccessChanged.model_validate({"id": account, "version": version} | values | changes)


def key_state(key: str, *grants: str, expires_at: datetime | None = None) -> KeyState:
    return KeyState(id=uuid4(), sha256=key_hash(key).hex(), grants=grants, expires_at=expires_at)


async def told(toy: Toy, *states: AccessChanged) -> None:
    async with toy.runtime.database.transaction() as db:
        await write_access(db, states)


@pytest.fixture
def move(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Moves the clock by which the process asks again."""
    passed = [0.0]

    class Clock:
        monotonic = staticmethod(lambda: monotonic() + passed[0])
        time = staticmethod(time)

    monkeypatch.setattr(access, "time", Clock)

    def on(seconds: float) -> None:
        passed[0] += seconds

    return on


async def test_a_revocation_ends_older_tokens_and_no_newer_one(toy: Toy) -> None:
    account, moment = uuid4(), datetime.now(UTC)
    await told(toy, state(account, valid_from=moment))
    known = Access(toy.runtime.database, "toy")
    assert not await known.holds(account, moment.timestamp() - 0.001)
    assert await known.holds(account, moment.timestamp())
    assert await known.holds(uuid4(), 0)


async def test_the_database_is_asked_once_in_ten_seconds_however_many_ask(
    toy: Toy, move: Callable[[float], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    account, known = uuid4(), Access(toy.runtime.database, "toy")
    asked: list[str] = []
    transaction = toy.runtime.database.transaction

    def counted() -> AbstractAsyncContextManager[AsyncSession]:
        asked.append("once more")
        return transaction()

    monkeypatch.setattr(toy.runtime.database, "transaction", counted)
    assert all(await asyncio.gather(*(known.holds(account, 0) for _ in range(50))))
    assert len(asked) == 1
    async with transaction() as db:
        await write_access(db, [state(account)])
    assert await known.holds(account, 0)
    move(access.READ_EVERY_SECONDS)
    assert not all(await asyncio.gather(*(known.holds(account, 0) for _ in range(50))))
    assert not await known.holds(account, 0)
    assert len(asked) == 2


async def test_after_a_long_rest_everybody_waits_for_what_is_new(toy: Toy, move: Callable[[float], None]) -> None:
    account, known = uuid4(), Access(toy.runtime.database, "toy")
    assert await known.holds(account, 0)
    await told(toy, state(account))
    move(access.WAIT_AFTER_SECONDS)
    assert not any(await asyncio.gather(*(known.holds(account, 0) for _ in range(20))))


async def test_what_was_revoked_long_ago_is_not_read_anymore(toy: Toy) -> None:
    account = uuid4()
    await told(toy, state(account, valid_from=datetime.now(UTC) - timedelta(minutes=17)))
    assert await Access(toy.runtime.database, "toy").holds(account, 0)


async def test_while_the_database_is_away_what_is_known_holds(toy: Toy, move: Callable[[float], None]) -> None:
    revoked, key, account = uuid4(), make_key(), uuid4()
    await told(toy, state(revoked), state(account, keys=[key_state(key, "partner@02")], name="Partner"))
    known = Access(toy.runtime.database, "toy")
    assert not await known.holds(revoked, 0)
    assert (await known.holder(key)).name == "Partner"
    async with toy.postgres_away():
        move(60)
        assert not await known.holds(revoked, 0)
        assert await known.holds(uuid4(), 0)
        assert (await known.holder(key)).id == account
        with pytest.raises(ServiceUnavailable):
            await known.holder(make_key())
        move(access.KEPT_SECONDS)
        with pytest.raises(ServiceUnavailable):
            await known.holder(key)


async def test_a_key_is_looked_up_once_in_ten_seconds(toy: Toy, move: Callable[[float], None]) -> None:
    account, key = uuid4(), make_key()
    known = Access(toy.runtime.database, "toy")
    with pytest.raises(Unauthorized):
        await known.holder(key)
    kept = key_state(key, "partner@02", "provider@020103/HC-020103-1")
    await told(toy, state(account, keys=[kept], name="Partner"))
    with pytest.raises(Unauthorized):
        await known.holder(key)
    move(access.READ_EVERY_SECONDS)
    holder = await known.holder(key)
    assert (holder.id, [str(grant) for grant in holder.grants]) == (account, list(kept.grants))
    await told(toy, state(account, version=2))
    assert await known.holder(key) is holder
    move(access.READ_EVERY_SECONDS)
    with pytest.raises(Unauthorized):
        await known.holder(key)


async def test_a_key_that_is_known_expires_all_the_same(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    key, soon = make_key(), datetime.now(UTC) + timedelta(seconds=60)
    await told(toy, state(uuid4(), keys=[key_state(key, expires_at=soon)]))
    known = Access(toy.runtime.database, "toy")
    assert (await known.holder(key)).grants == ()

    class Later:
        monotonic = staticmethod(monotonic)
        time = staticmethod(lambda: time() + 61)

    monkeypatch.setattr(access, "time", Later)
    with pytest.raises(Unauthorized):
        await known.holder(key)


async def test_only_so_many_keys_are_remembered(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "KEYS_KNOWN", 3)
    known = Access(toy.runtime.database, "toy")
    for _ in range(5):
        with pytest.raises(Unauthorized):
            await known.holder(make_key())
    assert len(known._keys) == 3


async def test_states_in_any_order_and_repeated_leave_the_newest(toy: Toy) -> None:
    account, keys = uuid4(), [make_key() for _ in range(3)]
    states = [
        state(account, version, disabled=version == 2, keys=[key_state(key, "partner@02") for key in keys[:version]])
        for version in (1, 2, 3)
    ]
    for order in ([0], [2, 1], [1], [2, 0, 2]):
        await told(toy, *(states[position] for position in order))
    assert await toy.rows("SELECT version, disabled FROM access") == [(3, False)]
    assert await toy.count("access_key") == 3
    await told(toy, state(account, 4))
    assert await toy.count("access_key") == 0


async def test_over_http_a_key_is_as_good_as_a_token_and_never_both(toy: Toy) -> None:
    account, key = uuid4(), make_key()
    await told(toy, state(account, keys=[key_state(key, "operator@")], name="Partner"))
    for headers in ({"X-API-Key": key}, {"Authorization": f"Bearer {key}"}):
        answer = await toy.http.get(f"{API}/notes/me", headers=headers)
        assert answer.json() == {"id": str(account), "name": "Partner", "grants": ["operator@"]}
        assert (await toy.http.get(f"{API}/notes/secret", headers=headers)).status_code == 200
    both = {"X-API-Key": key, "Authorization": f"Bearer {toy.world.token('operator@')}"}
    for bad in (
        both,
        {"X-API-Key": toy.world.token("operator@")},
        {"X-API-Key": "x"},
        {"Authorization": "Bearer isaf_"},
    ):
        answer = await toy.http.get(f"{API}/notes/me", headers=bad)
        assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token")
    assert await toy.rows("SELECT last_used_on = current_date FROM access_key") == [True]


@given(st.lists(st.tuples(st.integers(1, 5), st.booleans()), min_size=1, max_size=8))
def test_an_event_survives_its_journey(versions: list[tuple[int, bool]]) -> None:
    for version, disabled in versions:
        told_ = state(uuid4(), version, disabled=disabled, keys=[key_state(make_key(), "ncdds@")])
        assert AccessChanged.model_validate_json(told_.model_dump_json()) == told_
