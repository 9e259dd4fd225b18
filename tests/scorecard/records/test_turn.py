"""Many phones at once: each waits for its turn, and none for ever."""

from weakref import WeakKeyDictionary

import pytest
from starlette.requests import ClientDisconnect

from services.scorecard.records import sync
from shared.errors import ServiceUnavailable
from tests.scorecard.conftest import Scorecard


async def gone() -> bool:
    return True


async def here() -> bool:
    return False


async def test_a_turn_that_does_not_come_is_refused_and_one_for_nobody_is_passed_on(
    scorecard: Scorecard, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = scorecard.client.runtime.database
    monkeypatch.setattr(sync, "gates", WeakKeyDictionary())
    monkeypatch.setattr(sync, "AT_ONCE", 1)
    monkeypatch.setattr(sync, "PATIENCE_SECONDS", 0.0)
    async with sync.turn(database, here):
        with pytest.raises(ServiceUnavailable, match="busy"):
            async with sync.turn(database, here):
                pass
    with pytest.raises(ClientDisconnect):
        async with sync.turn(database, gone):
            pass
    monkeypatch.setattr(sync, "PATIENCE_SECONDS", 5.0)
    async with sync.turn(database, here):
        pass
