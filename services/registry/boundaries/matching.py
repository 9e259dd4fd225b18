"""Which area a feature is: by its code, or by its name within the area above. Pure rules, no database."""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from services.registry.boundaries.models import MatchBy
from services.registry.boundaries.preparing import Feature
from shared.areas import LEVELS, Level

Reason = Literal["code_missing", "code_unknown", "name_missing", "name_unknown", "ambiguous"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """An open area of the level; names as search keys, without spaces and accents."""

    id: UUID
    code: str
    parent_code: str
    names: frozenset[str]
    parent_names: frozenset[str]


@dataclass(frozen=True, slots=True)
class Unmatched:
    """A feature that is none of our areas, or may be several."""

    feature: Feature
    reason: Reason


@dataclass
class Matches:
    """What came of it: each feature is matched once at most; areas may be matched by several features."""

    areas: dict[int, Candidate] = field(default_factory=dict)
    unmatched: list[Unmatched] = field(default_factory=list)

    def repeated(self) -> dict[int, Candidate]:
        """The features, by row, that name an area which another feature names too."""
        times: dict[UUID, int] = defaultdict(int)
        for area in self.areas.values():
            times[area.id] += 1
        return {row: area for row, area in self.areas.items() if times[area.id] > 1}

    def missing(self, candidates: Iterable[Candidate]) -> list[Candidate]:
        """The areas that no feature is."""
        matched = {area.id for area in self.areas.values()}
        return [area for area in candidates if area.id not in matched]


def match_features(
    features: Sequence[Feature],
    candidates: Sequence[Candidate],
    keys: Mapping[str, str],
    *,
    by: MatchBy,
    level: Level,
) -> Matches:
    """Find each feature's area; `keys` gives the search key of every name and parent in the features.

    Where a code belongs to several areas (25 villages' do) the name decides; where a name does, the area above.
    """
    by_code, by_name = defaultdict(list), defaultdict(list)
    for area in candidates:
        by_code[area.code].append(area)
        for name in area.names:
            by_name[name].append(area)
    found = Matches()
    for feature in features:
        if by == "code":
            possible = by_code.get(plain_code(feature.code, level), []) if feature.code else []
            reason: Reason = "code_unknown" if feature.code else "code_missing"
        else:
            possible = _unique(area for name in feature.names for area in by_name.get(keys[name], []))
            reason = "name_unknown" if feature.names else "name_missing"
            if feature.parent and possible:
                possible = [area for area in possible if _lies_in(area, feature.parent, keys, level)]
        if len(possible) > 1 and by == "code":
            named = {keys[name] for name in feature.names}
            possible = [area for area in possible if area.names & named] or possible
        if len(possible) == 1:
            found.areas[feature.row] = possible[0]
        else:
            found.unmatched.append(Unmatched(feature, "ambiguous" if possible else reason))
    return found


def plain_code(text: str, level: Level) -> str:
    """A code as we write it: KH020201 and 20201 are 020201, in digits of either script."""
    digits = "".join(str(unicodedata.decimal(sign, sign)) for sign in text if sign.isalnum()).upper().removeprefix("KH")
    length = 2 * (LEVELS.index(level) + 1)
    return digits.zfill(length) if digits.isdecimal() and len(digits) == length - 1 else digits


def _lies_in(area: Candidate, parent: str, keys: Mapping[str, str], level: Level) -> bool:
    above = LEVELS[max(LEVELS.index(level) - 1, 0)]
    return plain_code(parent, above) == area.parent_code or keys[parent] in area.parent_names


def _unique(areas: Iterable[Candidate]) -> list[Candidate]:
    return list({area.id: area for area in areas}.values())
