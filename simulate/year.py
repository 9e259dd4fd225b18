"""One played year: who takes part, what was agreed, and what the simulation knows it has sent."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from simulate.actors import Actor
from simulate.client import Api, Caller
from simulate.fates import Fate
from simulate.places import Commune, District, Unit
from simulate.progress import Narrator
from simulate.receiver import Receiver
from simulate.stream import Dashboard
from simulate.texts import Idea


@dataclass(frozen=True, slots=True)
class Options:
    """How the year is played."""

    seed: int = 2026
    communes_per_district: int = 2
    districts: int = 7
    pace: float = 0.0
    """Seconds to wait between chapters, for people who watch."""


@dataclass
class Envelope:
    """An envelope as its officer sees it: what is left of it."""

    id: str
    source: str
    area_code: str
    officer: Actor
    amount: int
    left: int


@dataclass
class Allocation:
    """Part of a request, paid from one envelope."""

    id: str
    envelope: Envelope
    amount: int
    released: bool = False


@dataclass
class Action:
    """An action of a commune's plan, as it was meant to go."""

    id: str
    commune: Commune
    agenda_item: dict[str, Any]
    idea: Idea
    fate: Fate
    cost: int
    steps: list[str] = field(default_factory=list)
    """The statuses it has gone through."""
    asked: int = 0
    allocations: list[Allocation] = field(default_factory=list)

    @property
    def funded(self) -> int:
        """What it was given and still has."""
        return sum(allocation.amount for allocation in self.allocations if not allocation.released)

    async def step(self, actor: Actor, verb: str, body: dict[str, Any] | None = None) -> None:
        """Let somebody take the action a step on its path."""
        answer = await actor.post("jaap", f"/actions/{self.id}:{verb}", body)
        self.steps.append(answer["status"])


@dataclass
class Body:
    """A body of the story, and what became of each of its windows, by the window's last day."""

    id: str
    kind: str
    area_code: str
    fates: dict[date, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Attempt:
    """Something that must be refused, and how it was."""

    what: str
    expected: str
    answer: str


@dataclass
class Books:
    """What the simulation knows it did, to be compared with what the API says."""

    repeats: Counter[str] = field(default_factory=Counter)
    """Requests sent again on purpose, by what they carried."""
    wrong_repeats: int = 0
    """Repeats that the API did not recognise as such."""
    attempts: list[Attempt] = field(default_factory=list)
    plans: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The plan of each commune."""
    actions: list[Action] = field(default_factory=list)
    envelopes: list[Envelope] = field(default_factory=list)
    bodies: list[Body] = field(default_factory=list)
    supporter: str = ""
    """The partner's organisation, by its id in the registry."""
    cafs: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """The facilitators on record, by commune."""
    trainings: dict[str, str] = field(default_factory=dict)
    """The training of each district."""
    facts: dict[str, dict[str, int | float]] = field(default_factory=dict)
    """What each unit told of its year, by data element."""


@dataclass
class Year:
    """Everything the chapters share."""

    api: Api
    options: Options
    narrator: Narrator
    receiver: Receiver
    dashboard: Dashboard
    operator: Actor
    number: int = 0
    round_id: str = ""
    province: dict[str, Any] = field(default_factory=dict)
    districts: list[District] = field(default_factory=list)
    books: Books = field(default_factory=Books)
    subscriptions: dict[str, str] = field(default_factory=dict)
    """The partner's subscription in each district."""
    ncdds: Actor = field(init=False)
    province_officer: Actor = field(init=False)
    partner: Actor = field(init=False)

    def __post_init__(self) -> None:
        self.public = Caller(self.api)

    @property
    def seed(self) -> str:
        """The seed of this year: a second year with the same seed is another year."""
        return f"{self.options.seed}/{self.number}"

    @property
    def communes(self) -> list[Commune]:
        """All communes of the story."""
        return [commune for district in self.districts for commune in district.communes]

    @property
    def units(self) -> list[Unit]:
        """All service units of the story."""
        return [unit for district in self.districts for unit in district.units]

    def id_of(self, *parts: object) -> str:
        """A client-made id that is the same for the same thing in every try of this year."""
        return str(uuid5(NAMESPACE_URL, "/".join(map(str, ("isaf-simulate", self.seed, *parts)))))

    def district_of(self, commune: Commune) -> District:
        """The district a commune lies in."""
        return next(district for district in self.districts if commune.code.startswith(district.code))
