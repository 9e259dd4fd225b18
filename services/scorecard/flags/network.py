"""Many ballots, or comments, about one unit from one network within minutes, seen in the process alone.

The gateway tells of a phone's request from which address it came (NETWORK_HEADER, which it sets itself whatever a
client sends). Here it becomes a count under a hash whose key is made at the start and kept nowhere, and is forgotten
within ten minutes: neither the database nor a log ever has the address.
"""

import os
from collections.abc import Callable, Iterable
from hashlib import blake2b
from time import monotonic
from uuid import UUID

from services.scorecard.scorecards.following import Place

NETWORK_HEADER = b"x-isaf-network"
MOST_BALLOTS = 40
"""About one unit, from one network, within the window: more than a village meeting sends by one mobile mast."""
WINDOW_MINUTES = 10
HALF_SECONDS = WINDOW_MINUTES * 60 / 2
MOST_KEYS = 100_000
"""Beyond, the older half of the window is dropped: a flood from many addresses fills no memory."""


class NetworkWatch:
    """Counts in two halves of the window, so that it slides: what is older than both is forgotten."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._key = os.urandom(16)
        self._began = clock()
        self._now: dict[bytes, int] = {}
        self._before: dict[bytes, int] = {}
        self._found: dict[Place, int] = {}

    def note(self, address: bytes, round_id: UUID, unit_code: str) -> None:
        """Count one ballot; about a microsecond."""
        elapsed = self._clock() - self._began
        if elapsed >= HALF_SECONDS or len(self._now) >= MOST_KEYS:
            self._turn(elapsed)
        message = b"%b %b%b" % (network_of(address), round_id.bytes, unit_code.encode())
        key = blake2b(message, key=self._key, digest_size=8).digest()
        count = self._now[key] = self._now.get(key, 0) + 1
        count += self._before.get(key, 0)
        if count > MOST_BALLOTS:
            self._found[round_id, unit_code] = max(count, self._found.get((round_id, unit_code), 0))

    def take(self) -> dict[Place, int]:
        """The units that were found since the last call, with the most ballots that one network sent in the window."""
        found, self._found = self._found, {}
        return found

    def give_back(self, found: dict[Place, int]) -> None:
        """What could not be written down is found again."""
        for place, count in found.items():
            self._found[place] = max(count, self._found.get(place, 0))

    def _turn(self, elapsed: float) -> None:
        self._before = self._now if elapsed < 2 * HALF_SECONDS else {}
        self._now, self._began = {}, self._clock()


def network_of(address: bytes) -> bytes:
    """What addresses of one network share: the first three numbers of IPv4, the first three groups of IPv6."""
    if b":" in address:
        return b":".join(address.split(b":")[:3])
    return address.rpartition(b".")[0]


watch = NetworkWatch()
"""This process's, of ballots."""
comment_watch = NetworkWatch()
"""This process's, of comments."""


def note_phone_ballot(headers: Iterable[tuple[bytes, bytes]], round_id: UUID, unit_code: str) -> None:
    """Let the watch see a ballot that a phone has cast, by the raw headers of its request."""
    _note(watch, headers, round_id, unit_code)


def note_phone_comment(headers: Iterable[tuple[bytes, bytes]], round_id: UUID, unit_code: str) -> None:
    """Let the watch see a comment that a phone has sent, in the same way."""
    _note(comment_watch, headers, round_id, unit_code)


def _note(seen: NetworkWatch, headers: Iterable[tuple[bytes, bytes]], round_id: UUID, unit_code: str) -> None:
    for name, value in headers:
        if name == NETWORK_HEADER:
            seen.note(value, round_id, unit_code)
            return
