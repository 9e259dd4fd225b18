"""What a search may mean: which of its words name the place, and which what it lies in."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from shared.areas import LEVELS, Level

MOST_WORDS = 6
"""Further words are not looked at, beside the administrative ones."""
SHORTEST_PART = 2
"""A single letter beside other words is one that is being typed: it begins a word of the same name."""
KHMER_WORDS: dict[str, Level] = {
    "ភូមិ": "village",
    "ឃុំ": "commune",
    "សង្កាត់": "commune",
    "ស្រុក": "district",
    "ខណ្ឌ": "district",
    "ក្រុង": "district",
    "ខេត្ត": "province",
    "រាជធានី": "province",
}
LATIN_WORDS: dict[str, Level] = {
    "phum": "village",
    "phumi": "village",
    "village": "village",
    "khum": "commune",
    "sangkat": "commune",
    "commune": "commune",
    "srok": "district",
    "khan": "district",
    "krong": "district",
    "district": "district",
    "municipality": "district",
    "khet": "province",
    "khaet": "province",
    "reachtheani": "province",
    "province": "province",
    "capital": "province",
}
ADMINISTRATIVE = KHMER_WORDS | LATIN_WORDS
KHMER_PREFIX = re.compile(f"({'|'.join(KHMER_WORDS)})(?=.)")


@dataclass(frozen=True, slots=True)
class Container:
    """Words that each begin a word of the name of an area above, and its level where the search says it."""

    words: tuple[str, ...]
    level: Level | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to understand a search: the place's name or code without spaces, its level, what it lies in."""

    place: str
    level: Level | None = None
    containers: tuple[Container, ...] = ()


@dataclass(frozen=True, slots=True)
class Segment:
    """What stands between two administrative words, with the level that the first of them says."""

    level: Level | None
    words: tuple[str, ...]


def readings(words: str) -> list[Reading]:
    """Every way to understand a search that place_words has cleaned; empty when nothing is left of it."""
    typed = tuple(words.replace("reach theani", "reachtheani").split())
    if not typed:
        return []
    found = list(_splits(Segment(None, typed[:MOST_WORDS]), ()))
    segments = _segments(typed)
    if segments:
        for position in sorted({0, _lowest(segments)}):
            others = segments[:position] + segments[position + 1 :]
            found += _splits(segments[position], tuple(Container(other.words, other.level) for other in others))
    return list(dict.fromkeys(found))


def _splits(segment: Segment, containers: tuple[Container, ...]) -> Iterator[Reading]:
    """The whole names the place; or its first words do, or its last ones, and the others what it lies in."""
    words = segment.words
    yield Reading("".join(words), segment.level, containers)
    if any(len(word) < SHORTEST_PART for word in words if not word.isdecimal()):
        return
    for count in range(len(words) - 1, 0, -1):
        yield Reading("".join(words[:count]), segment.level, (Container(words[count:]), *containers))
    for count in range(1, len(words)):
        yield Reading("".join(words[-count:]), segment.level, (Container(words[:-count]), *containers))


def _segments(typed: Sequence[str]) -> list[Segment]:
    """The search cut at its administrative words; empty when it has none, or nothing beside them."""
    pieces = [piece for word in typed for piece in _apart(word)]
    segments: list[Segment] = []
    level: Level | None = None
    words: list[str] = []
    for piece in [*pieces, None]:
        if piece is not None and piece not in ADMINISTRATIVE:
            if len(words) + sum(len(segment.words) for segment in segments) < MOST_WORDS:
                words.append(piece)
            continue
        if words:
            segments.append(Segment(level, tuple(words)))
            level, words = None, []
        if piece is not None:
            level = ADMINISTRATIVE[piece]
    return segments if any(segment.level for segment in segments) else []


def _apart(word: str) -> list[str]:
    """Khmer writes the administrative word and the name together: ឃុំតាពូង."""
    match = KHMER_PREFIX.match(word)
    return [match[1], word[match.end() :]] if match else [word]


def _lowest(segments: Sequence[Segment]) -> int:
    """The segment of the lowest level: what it names lies in the others."""
    levels = [LEVELS.index(segment.level) if segment.level else -1 for segment in segments]
    return levels.index(max(levels))
