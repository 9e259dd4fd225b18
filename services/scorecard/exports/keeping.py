"""Files of published results are the same for everybody: each is made once, and read while it is made and later on."""

import asyncio
import os
import tempfile
import weakref
import zlib
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Hashable, Mapping
from pathlib import Path
from typing import Literal

import structlog

from shared.db import Database
from shared.errors import ServiceUnavailable

Kind = Literal["small", "large"]
"""Of an area or of the upper levels; of all units or communes of the nation."""
AT_ONCE: Mapping[Kind, int] = {"small": 5, "large": 1}
"""So many may be asked for at the same time. Of each kind one is made after the other, as making takes a part of the
processor that citizens' ballots need.
"""
ROOM: Mapping[Kind, int] = {"small": 2**26, "large": 192 * 2**20}
"""Bytes of packed files of each kind that are kept in the system's folder for temporary files (TMPDIR), beside those
that are being made; no other process finds them there, and they end with this one.
"""
MOST_KEPT = 100
"""Of each kind: each takes a descriptor, of which a process has a thousand or so for all that it does, and anybody may
ask for the files of thousands of areas.
"""
MOST_OPEN, MOST_BYTES = 300, 2**30
"""With those that are kept no longer and are still read by somebody, however slowly."""
PIECE = 2**14
"""Packed; it becomes some twenty times as much."""
RETRY_SECONDS = 30

log = structlog.get_logger()


class MadeFile:
    """A file that is being made, or was; readers follow at their own pace and hold nothing but their place in it."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self._handle, path = tempfile.mkstemp(prefix="isaf-export-")
        weakref.finalize(self, os.close, self._handle)
        Path(path).unlink()
        self.size = 0
        """Packed: tables with all groups take a thirtieth of what is sent."""
        self.is_whole = False
        self.is_lost = False
        """It will never be whole: making it failed, or nobody wanted it any more."""
        self.readers = 0
        self.making: asyncio.Task[None] | None = None
        self._news = asyncio.Event()

    async def fill(self, pieces: AsyncIterator[bytes]) -> None:
        """Write the pieces down as they come."""
        packer = zlib.compressobj(level=1)
        async for piece in pieces:
            self.size += await asyncio.to_thread(self._write, packer, piece)
            self.tell()
        self.is_whole = True

    def _write(self, packer: "zlib._Compress", piece: bytes) -> int:
        packed = packer.compress(piece) + packer.flush(zlib.Z_SYNC_FLUSH)
        written = 0
        while written < len(packed):
            written += os.write(self._handle, packed[written:])
        return written

    async def pieces(self) -> AsyncIterator[bytes]:
        """All of it, for a reader who was counted. What has lost its last reader is not made to its end."""
        place, unpacker = 0, zlib.decompressobj()
        try:
            while True:
                news = self._news
                if place < self.size:
                    packed = await asyncio.to_thread(os.pread, self._handle, PIECE, place)
                    place += len(packed)
                    yield unpacker.decompress(packed)
                elif self.making is not None:
                    await news.wait()
                elif self.is_whole:
                    return
                else:
                    raise RuntimeError("the file was not made to its end")
        finally:
            self.readers -= 1
            if self.readers == 0 and self.making is not None:
                self.is_lost = not self.is_whole
                self.making.cancel()

    def end(self) -> None:
        """Nothing more is written. A cancelled task would hold the file, and with it a descriptor, in a ring."""
        self.making, self.is_lost = None, not self.is_whole
        self.tell()

    def tell(self) -> None:
        """Wake the readers: there is more, or there will be no more."""
        news, self._news = self._news, asyncio.Event()
        news.set()


class Files:
    """The newest files, as many as there is room for, by what they hold and which publication they show."""

    def __init__(self, room: Mapping[Kind, int] = ROOM) -> None:
        self._room = room
        self._files: OrderedDict[Hashable, MadeFile] = OrderedDict()
        self._open: weakref.WeakSet[MadeFile] = weakref.WeakSet()
        self._turns: Mapping[Kind, asyncio.Lock] = {"small": asyncio.Lock(), "large": asyncio.Lock()}

    def read(self, key: Hashable, kind: Kind, make: Callable[[], AsyncIterator[bytes]]) -> AsyncIterator[bytes]:
        """The file of a key, being made from now on where it was not there. Raises ServiceUnavailable."""
        file = self._files.get(key)
        if file is None or file.is_lost:
            self._must_have_room(kind)
            file = self._files[key] = MadeFile(kind)
            self._open.add(file)
            file.making = asyncio.create_task(self._make(file, make()))
            file.making.add_done_callback(lambda _: self._put_away(key, file))
        self._files.move_to_end(key)
        file.readers += 1
        return file.pieces()

    def _must_have_room(self, kind: Kind) -> None:
        making = sum(one.kind == kind and not (one.is_whole or one.is_lost) for one in self._files.values())
        used = sum(one.size for one in self._open)
        if making >= AT_ONCE[kind] or len(self._open) >= MOST_OPEN or used >= MOST_BYTES:
            raise _busy()

    async def _make(self, file: MadeFile, pieces: AsyncIterator[bytes]) -> None:
        try:
            async with self._turns[file.kind]:
                await file.fill(pieces)
        except Exception as error:
            log.exception("export_failed", error=type(error).__name__)

    def _put_away(self, key: Hashable, file: MadeFile) -> None:
        """Forget one that was lost, and of its kind those asked for longest ago; who reads one still has it."""
        file.end()
        if file.is_lost and self._files.get(key) is file:
            del self._files[key]
        kept = [(other, one) for other, one in self._files.items() if one.kind == file.kind]
        number, used = len(kept), sum(one.size for _, one in kept)
        for other, one in kept:
            if one.is_whole and (number > MOST_KEPT or used > self._room[file.kind]):
                number, used = number - 1, used - one.size
                del self._files[other]


def _busy() -> ServiceUnavailable:
    return ServiceUnavailable(
        "exports_busy",
        en="Other files are being made just now. Try again in half a minute.",
        km="ប្រព័ន្ធកំពុងរៀបចំឯកសារផ្សេងទៀត។ សូមព្យាយាមម្ដងទៀតក្នុងរយៈពេលកន្លះនាទី។",
        retry_after=RETRY_SECONDS,
    )


_files: weakref.WeakKeyDictionary[Database, Files] = weakref.WeakKeyDictionary()


def files_of(database: Database) -> Files:
    """Those of a running service."""
    return _files.setdefault(database, Files())
