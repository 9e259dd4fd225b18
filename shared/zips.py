"""A zip that is sent while it is made: no more of it is held than one piece."""

import zipfile
from datetime import datetime
from typing import IO, cast

EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The first time that a zip can say."""


class ZipStream:
    """Takes files one after the other; `taken()` gives the bytes that are finished.

    The same files give the same bytes, as no clock is looked at. Files that are packed in themselves are stored as they
    are: `packed=False`.
    """

    def __init__(self, made: datetime | None = None, *, packed: bool = True) -> None:
        self._out = _Pieces()
        self._method = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
        self._zip = zipfile.ZipFile(cast(IO[bytes], self._out), "w", self._method)
        self._date = (made.year, made.month, made.day, made.hour, made.minute, made.second) if made else EARLIEST
        self._file: IO[bytes] | None = None

    def begin(self, name: str) -> None:
        """Begin a file; what is written from now on goes into it."""
        self.end()
        entry = zipfile.ZipInfo(name, self._date)
        entry.compress_type = self._method
        entry.external_attr = 0o644 << 16
        self._file = self._zip.open(entry, "w")

    def write(self, content: bytes) -> None:
        """Add to the file that was begun."""
        assert self._file is not None
        self._file.write(content)

    def add(self, name: str, content: bytes) -> None:
        """Add a whole small file."""
        self.begin(name)
        self.write(content)
        self.end()

    def end(self) -> None:
        """End the file that was begun."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def close(self) -> None:
        """End the zip."""
        self.end()
        self._zip.close()

    def taken(self) -> bytes:
        """The finished bytes since this was last asked."""
        return self._out.take()


class _Pieces:
    """Where the zip is written to; it cannot go back, so sizes are told after each file."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, content: bytes) -> int:
        """Keep a piece until it is taken."""
        self._pieces.append(bytes(content))
        return len(content)

    def flush(self) -> None:
        """Nothing is held back."""

    def take(self) -> bytes:
        """All pieces so far."""
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)
