"""A file is made once for all who ask, and kept as long as there is room."""

import asyncio
import gc
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from services.scorecard.exports import keeping
from services.scorecard.exports.keeping import AT_ONCE, Files
from shared.errors import ServiceUnavailable
from tests.scorecard.conftest import CENTRE, NCDDS, Scorecard
from tests.scorecard.exports.conftest import download

Make = Callable[[], AsyncIterator[bytes]]


class Maker:
    """Counts how often a file is made; it goes on when it may."""

    def __init__(self) -> None:
        self.begun, self.may_end, self.fails = 0, asyncio.Event(), False

    async def pieces(self) -> AsyncIterator[bytes]:
        """The file."""
        self.begun += 1
        yield b"begin "
        await self.may_end.wait()
        if self.fails:
            raise OSError("no room")
        yield b"x" * 100_000
        yield b" end"


def descriptors() -> int:
    """How many this process has for files of results."""
    found = 0
    for number in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):
            found += "isaf-export-" in str(number.readlink())
    return found


@pytest.fixture
def only_thread(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Files are written by one thread, which holds the last one until it is given something else to do."""
    with ThreadPoolExecutor(1) as pool:
        monkeypatch.setattr(asyncio, "to_thread", lambda *call: asyncio.get_running_loop().run_in_executor(pool, *call))
        yield


@pytest.fixture
def no_collector() -> Iterator[None]:
    """No file is given back by Python's garbage collector, be it one of an earlier test."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


async def content(pieces: AsyncIterator[bytes]) -> bytes:
    """All of a file."""
    return b"".join([piece async for piece in pieces])


async def test_who_comes_while_it_is_made_reads_along() -> None:
    files, maker = Files(), Maker()
    first = files.read("a", "large", maker.pieces)
    assert await anext(first) == b"begin "
    others = [asyncio.create_task(content(files.read("a", "large", maker.pieces))) for _ in range(5)]
    maker.may_end.set()
    assert {len(await other) for other in others} == {100_010}
    assert (await content(first))[-4:] == b" end"
    assert (await content(files.read("a", "large", maker.pieces)))[:6] == b"begin "
    assert maker.begun == 1


async def test_one_large_file_is_made_at_a_time_and_small_ones_wait_for_each_other_alone() -> None:
    files, maker = Files(), Maker()
    large = files.read("a", "large", maker.pieces)
    small = [files.read(number, "small", maker.pieces) for number in range(AT_ONCE["small"])]
    for kind in AT_ONCE:
        with pytest.raises(ServiceUnavailable) as refused:
            files.read("c", kind, maker.pieces)
        assert (refused.value.code, refused.value.headers) == ("exports_busy", {"Retry-After": "30"})
    assert await anext(small[0]) == b"begin "
    assert maker.begun == 2
    again = files.read("a", "large", maker.pieces)
    maker.may_end.set()
    assert len({await content(one) for one in (large, *small[1:], again)}) == 1
    assert await content(files.read("c", "large", maker.pieces))


async def test_what_nobody_waits_for_any_more_is_left() -> None:
    files, maker = Files(), Maker()
    first, second = files.read("a", "large", maker.pieces), files.read("a", "large", maker.pieces)
    for reader in (first, second):
        assert await anext(reader) == b"begin "
        await reader.aclose()  # type: ignore[attr-defined]
    maker.may_end.set()
    assert await content(files.read("a", "large", maker.pieces)), "made anew"
    assert maker.begun == 2


async def test_a_file_that_fails_ends_for_its_readers_and_is_made_anew() -> None:
    files, maker = Files(), Maker()
    maker.fails = True
    maker.may_end.set()
    with pytest.raises(RuntimeError):
        await content(files.read("a", "large", maker.pieces))
    maker.fails = False
    assert await content(files.read("a", "large", maker.pieces))


async def test_the_oldest_make_room_among_their_kind() -> None:
    files, maker = Files(room={"small": 1, "large": 2**20}), Maker()
    maker.may_end.set()
    for key in "abb":
        assert await content(files.read((key, "small"), "small", maker.pieces))
        assert await content(files.read("large", "large", maker.pieces))
    assert maker.begun == 4, "no small one was kept, and they drove no large one out"


@pytest.mark.usefixtures("only_thread", "no_collector")
async def test_no_more_files_than_descriptors_allow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "MOST_KEPT", 3)
    monkeypatch.setattr(keeping, "MOST_OPEN", 5)
    files, maker = Files(), Maker()
    maker.may_end.set()
    before = descriptors()
    for number in range(20):
        assert await content(files.read(number, "small", maker.pieces))
    await asyncio.to_thread(int)
    assert descriptors() - before == 3
    maker.may_end.clear()
    readers = [files.read(key, "small", maker.pieces) for key in "ab"]
    with pytest.raises(ServiceUnavailable):
        files.read("c", "large", maker.pieces)
    maker.may_end.set()
    assert [await content(reader) for reader in readers]


async def test_who_reads_a_file_to_its_end_finds_no_more_than_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "MOST_KEPT", 3)
    files, maker = Files(), Maker()
    maker.may_end.set()
    for number in range(500):
        assert await content(files.read(number, "small", maker.pieces))
        assert len(files._files) == min(number + 1, 3)


@pytest.mark.usefixtures("only_thread", "no_collector")
async def test_what_was_left_gives_its_descriptor_back_at_once() -> None:
    files, maker = Files(), Maker()
    before = descriptors()
    reader = files.read("a", "large", maker.pieces)
    assert await anext(reader) == b"begin "
    await reader.aclose()  # type: ignore[attr-defined]
    del reader
    for _ in range(10):
        await asyncio.sleep(0)
    await asyncio.to_thread(int)
    assert descriptors() == before


async def test_the_same_file_until_something_is_published(published: Scorecard) -> None:
    first = await download(published, "/results.csv")
    assert await download(published, "/results.csv") == first
    withdraw = f"/rounds/{published.round_id}/units/{CENTRE}:withdraw"
    assert (await published.post(withdraw, {"reason": "Wrong unit."}, NCDDS)).status_code == 200
    assert CENTRE.encode() not in await download(published, "/results.csv")
