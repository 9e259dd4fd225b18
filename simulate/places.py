"""Where the story happens: the seven districts of the Battambang case, their chosen communes and service units."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from random import Random
from typing import Any, Literal

from simulate.actors import Actor
from simulate.citizens import Citizen, Distribution, Scores, Way, add, distributions
from simulate.client import Caller, GaveUp

PROVINCE = ("Battambang", "បាត់ដំបង")
SEVEN = (
    ("Battambang", "បាត់ដំបង"),
    ("Banan", "បាណន់"),
    ("Thma Koul", "ថ្មគោល"),
    ("Bavel", "បវេល"),
    ("Moung Ruessei", "មោងឬស្សី"),
    ("Kamrieng", "កំរៀង"),
    ("Rotanak Mondol", "រតនមណ្ឌល"),
)
"""The districts as the case names them; the gazetteer spells some differently."""
ALIKE = 0.7

UnitKind = Literal["commune_administration", "health_centre", "primary_school"]
KINDS: tuple[UnitKind, ...] = ("commune_administration", "health_centre", "primary_school")


@dataclass(frozen=True, slots=True)
class Ballot:
    """One respondent's scores for one unit."""

    id: str
    citizen: Citizen
    scores: Scores


@dataclass
class Unit:
    """A service unit, and all that was sent about it."""

    code: str
    kind: UnitKind
    commune_code: str
    name_km: str
    name_en: str
    ballot_token: str = ""
    indicators: list[str] = field(default_factory=list)
    """Their codes, in the order of the ballot."""
    own: int = 0
    """So many of them, the last ones, its citizens have chosen themselves."""
    ballots: list[Ballot] = field(default_factory=list)
    self_scores: list[int] = field(default_factory=list)

    @property
    def common_indicators(self) -> list[str]:
        """Those of the set, which every unit of the kind is scored on."""
        return self.indicators[: len(self.indicators) - self.own]

    def distributions(self) -> list[Distribution]:
        """What the API must have counted, per indicator."""
        return distributions((ballot.scores for ballot in self.ballots), len(self.indicators))


@dataclass
class Commune:
    """A commune of the story, with the people who carry its cycle."""

    code: str
    name_km: str
    name_en: str
    villages: list[str] = field(default_factory=list)
    """Where people meet: ballots are filled in in the first one, hands are raised in the last."""
    remote: bool = False
    """Its meetings have no signal."""
    citizens: list[Citizen] = field(default_factory=list)
    units: list[Unit] = field(default_factory=list)
    cafs: list[Actor] = field(default_factory=list)
    clerk: Actor = field(init=False)
    jaapc: Actor = field(init=False)
    providers: dict[str, Actor] = field(default_factory=dict)

    def village_of(self, citizen: Citizen) -> str | None:
        """Where the citizen scored; a phone that tells nothing of its owner does not tell the village either."""
        if not self.villages or citizen.disability is None:
            return None
        return self.villages[-1 if citizen.way == "tally" else 0]

    def came(self, way: Way) -> list[Citizen]:
        """Who came to the meeting of this way."""
        return [citizen for citizen in self.citizens if citizen.way == way]


@dataclass
class District:
    """A district of the case."""

    code: str
    name_km: str
    name_en: str
    communes: list[Commune] = field(default_factory=list)
    officer: Actor = field(init=False)

    @property
    def units(self) -> list[Unit]:
        """All units of the district's communes."""
        return [unit for commune in self.communes for unit in commune.units]

    @property
    def citizens(self) -> list[Citizen]:
        """All respondents of the district's communes."""
        return [citizen for commune in self.communes for citizen in commune.citizens]


def closest(name: tuple[str, str], areas: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The area whose Khmer or English name is most like this one; raises GaveUp when none is alike."""

    def likeness(area: dict[str, Any]) -> float:
        english = SequenceMatcher(None, _plain(name[0]), _plain(area["name_en"])).ratio()
        khmer = SequenceMatcher(None, _plain(name[1]), _plain(area["name_km"])).ratio()
        return max(english, khmer)

    best = max(areas, key=likeness, default=None)
    if best is None or likeness(best) < ALIKE:
        raise GaveUp(f"The gazetteer has no area called {name[0]} ({name[1]}).")
    return best


def _plain(name: str) -> str:
    return re.sub(r"\b(krong|srok|khan|district|municipality)\b|^(ក្រុង|ស្រុក|ខណ្ឌ)|[\s\-']", "", name.lower())


async def find_districts(public: Caller, how_many: int) -> tuple[dict[str, Any], list[District]]:
    """The province and the first of the seven districts, by their names in the gazetteer."""
    province = closest(PROVINCE, await public.items("registry", "/areas", level="province"))
    areas = await public.items("registry", "/areas", level="district", parent=province["code"])
    found = [closest(name, areas) for name in SEVEN[:how_many]]
    if len({area["code"] for area in found}) != how_many:
        raise GaveUp(f"The gazetteer's names are ambiguous: {[area['name_en'] for area in found]}.")
    return province, [District(area["code"], area["name_km"], area["name_en"]) for area in found]


async def choose_communes(public: Caller, district: District, seed: str, how_many: int) -> None:
    """Choose a district's communes, its first one among them, and in each the village where people meet."""
    areas = await public.items("registry", "/areas", level="commune", parent=district.code)
    others = Random(f"{seed}/{district.code}/communes").sample(areas[1:], how_many - 1)
    for number, area in enumerate([areas[0], *sorted(others, key=lambda each: str(each["code"]))]):
        villages = await public.items("registry", "/areas", level="village", parent=area["code"])
        commune = Commune(area["code"], area["name_km"], area["name_en"])
        commune.villages = [village["code"] for village in villages[:2]]
        commune.remote = number == 1
        district.communes.append(commune)


def together(units: Sequence[Unit]) -> list[Distribution]:
    """The distributions of several units of one kind, added up: of what all of them were asked."""
    total = [[0] * 5 for _ in units[0].common_indicators]
    for unit in units:
        total = add(total, unit.distributions()[: len(total)])
    return total
