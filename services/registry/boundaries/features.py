"""Reading a GeoJSON file of unknown origin: its features, and which of their properties say what they are.

Read in a process of its own (see prepare), which starts in a moment as it imports little.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from shared.areas import Level

MOST_FEATURES = 50_000
MOST_NAMES = 4
"""Names of one feature: a file may have a Khmer and a Latin one, and each twice."""
LONGEST_VALUE = 200
MOST_LISTED = 40
ABBREVIATIONS: "dict[Level, tuple[str, ...]]" = {
    "province": ("province", "prov", "pro", "adm1"),
    "district": ("district", "dist", "dis", "adm2"),
    "commune": ("commune", "comm", "com", "adm3"),
    "village": ("village", "vill", "vil", "phum", "adm4"),
}
CODE_ENDINGS = ("_code", "code", "_pcode", "pcode", "_id")
NAME_ENDINGS = ("_name", "name", "_en", "_name_en", "_km", "_kh", "_khmer", "_name_km", "_name_kh", "")

FileProblemCode = Literal[
    "not_json", "not_a_feature_collection", "no_features", "too_many_features", "property_unknown", "mixed_shapes",
    "import_too_heavy",
]  # fmt: skip


class FileProblem(Exception):
    """The whole file cannot be used; `detail` is a place in it, or the properties that it has instead of that asked."""

    def __init__(self, code: FileProblemCode, detail: str = "", *, pointer: str = "") -> None:
        super().__init__(code)
        self.code, self.detail, self.pointer = code, detail, pointer


@dataclass(frozen=True, slots=True)
class Properties:
    """The properties that tell a feature's code, its names, and the code or name of the area above."""

    code: str | None
    names: tuple[str, ...]
    parent: str | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """How areas are told, and the properties that the sender named for it; what is left out is guessed."""

    match: Literal["code", "name"]
    code: str | None = None
    name: str | None = None
    parent: str | None = None


def read_features(raw: bytes) -> list[dict[str, Any]]:
    """The features of a FeatureCollection, each a dictionary. Raises FileProblem."""
    try:
        document = json.loads(raw, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise FileProblem("not_json", f" ({error.lineno}:{error.colno})") from error
    except (ValueError, RecursionError) as error:
        raise FileProblem("not_json") from error
    if not isinstance(document, dict) or document.get("type") != "FeatureCollection":
        raise FileProblem("not_a_feature_collection")
    features = document.get("features")
    if not isinstance(features, list) or not all(isinstance(feature, dict) for feature in features):
        raise FileProblem("not_a_feature_collection")
    if not features:
        raise FileProblem("no_features")
    if len(features) > MOST_FEATURES:
        raise FileProblem("too_many_features", str(MOST_FEATURES))
    return features


def choose_properties(features: Sequence[dict[str, Any]], level: "Level", wanted: Wanted) -> Properties:
    """The properties named by the sender, or those whose names say it. Raises FileProblem for one that is not there."""
    present = list(dict.fromkeys(name for feature in features for name in properties_of(feature)))
    levels = list(ABBREVIATIONS)
    above = levels[levels.index(level) - 1] if level != levels[0] else None
    codes = [*_named(level, CODE_ENDINGS), "code", "pcode", "geocode"]
    names = [*_named(level, NAME_ENDINGS), "name", "name_en", "name_km", "name_kh"]
    parents = [*_named(above, (*CODE_ENDINGS, *NAME_ENDINGS)), "parent_code", "parent"] if above else []
    chosen = Properties(
        code=_first(_chosen(present, "code", wanted.code, codes)),
        names=_chosen(present, "name", wanted.name, names)[:MOST_NAMES],
        parent=_first(_chosen(present, "parent", wanted.parent, parents)),
    )
    if not (chosen.code if wanted.match == "code" else chosen.names):
        raise _property_unknown(present, wanted.match)
    return chosen


def properties_of(feature: dict[str, Any]) -> dict[str, Any]:
    """A feature's properties; none where it has none that can be read."""
    found = feature.get("properties")
    return found if isinstance(found, dict) else {}


def value_of(feature: dict[str, Any], name: str | None) -> str | None:
    """A property as text, None when it is missing or no plain value; 20201.0 of a spreadsheet is 20201."""
    value = properties_of(feature).get(name) if name else None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value).replace("\0", " ").strip()[:LONGEST_VALUE] or None


def _named(level: "Level", endings: Iterable[str]) -> list[str]:
    return [abbreviation + ending for ending in endings for abbreviation in ABBREVIATIONS[level]]


def _chosen(present: Sequence[str], kind: str, wanted: str | None, guesses: Sequence[str]) -> tuple[str, ...]:
    if wanted is None:
        return _spelled(present, guesses)
    if wanted not in present:
        raise _property_unknown(present, kind)
    return (wanted,)


def _first(names: Sequence[str]) -> str | None:
    return names[0] if names else None


def _property_unknown(present: Sequence[str], kind: str) -> FileProblem:
    listed = ", ".join(name[:50] for name in sorted(present)[:MOST_LISTED]) or "-"
    return FileProblem("property_unknown", listed, pointer=f"query/{kind}_property")


def _spelled(present: Sequence[str], guesses: Sequence[str]) -> tuple[str, ...]:
    """The guesses that are there, as the file spells them, in the order of the guesses."""
    spelled = {name.lower(): name for name in reversed(present)}
    return tuple(dict.fromkeys(spelled[guess] for guess in guesses if guess in spelled))


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
