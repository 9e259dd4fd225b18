"""A scoring round: planned, then open, then closed for good; inside it, the windows in which scores are taken."""

import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar, Literal, Self
from uuid import UUID

from sqlalchemy import Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, Relationship

from services.scorecard.indicators.models import IndicatorSet
from services.scorecard.tables import CODE, INSTANT, UUID_V7, Table
from shared.areas import covers
from shared.errors import Conflict, Invalid

Scoring = Literal["not_yet", "open", "over"]
MINIMUM_THRESHOLD = 5
"""Numbers about fewer people than this never leave, whatever a round asks for."""
SHA256_BLOCK = 64
PUBLISHERS = ("district_officer", "province_officer", "ncdds")
"""Who publishes results where a round does not say otherwise."""


class RoundIndicatorSet(Table, table=True):
    """Which set a round uses for a kind of unit; one per kind."""

    __tablename__: ClassVar[str] = "round_indicator_set"

    round_id: UUID = Field(primary_key=True, foreign_key="round.id")
    indicator_set_id: UUID = Field(primary_key=True, foreign_key="indicator_set.id")


class Round(Table, table=True):
    """One year's scoring in some areas."""

    id: UUID = Field(default=None, primary_key=True, sa_column_kwargs={"server_default": UUID_V7})
    year: int
    title_km: str = Field(sa_type=Text)
    title_en: str = Field(sa_type=Text)
    area_codes: list[str] = Field(sa_type=ARRAY(CODE))
    state: str = Field(default="planned", sa_type=Text)
    suppression_threshold: int = MINIMUM_THRESHOLD
    minimum_participation: int = 0
    scoring_opens_at: datetime | None = Field(default=None, sa_type=INSTANT)
    scoring_closes_at: datetime | None = Field(default=None, sa_type=INSTANT)
    self_assessment_opens_at: datetime | None = Field(default=None, sa_type=INSTANT)
    self_assessment_closes_at: datetime | None = Field(default=None, sa_type=INSTANT)
    review_days: int | None = None
    """None: a scorecard in review waits for its reviewer for ever."""
    phone_repeat: str = Field(default="refuse", sa_type=Text)
    village_rule: str = Field(default="pooled", sa_type=Text)
    planning: str = Field(default="all_units", sa_type=Text)
    publisher_roles: list[str] = Field(default=list(PUBLISHERS), sa_type=ARRAY(Text))
    opened_at: datetime | None = Field(default=None, sa_type=INSTANT)
    scoring_began_at: datetime | None = Field(default=None, sa_type=INSTANT)
    """When citizens could first score: with the opening, or at the hour that the round set for it."""
    closed_at: datetime | None = Field(default=None, sa_type=INSTANT)
    version: int = 1
    indicator_sets: list[IndicatorSet] = Relationship(
        link_model=RoundIndicatorSet,
        sa_relationship_kwargs={"lazy": "selectin", "order_by": "IndicatorSet.unit_kind"},
    )

    def must_be_planned(self) -> None:
        """Raise Conflict for a round that somebody has opened."""
        if self.state != "planned":
            raise Conflict(
                "round_not_planned",
                en=f"Only a planned round can be opened or dropped; this one is {self.state}.",
                km=f"អាចបើក ឬលុបបានតែជុំវាយតម្លៃដែលគ្រោងទុកប៉ុណ្ណោះ; ជុំនេះ{STATE_KM[self.state]}។",
            )

    def must_be_sound(self) -> None:
        """Raise Invalid for a window that closes before it opens."""
        for step in ("scoring", "self_assessment"):
            opens, closes = getattr(self, f"{step}_opens_at"), getattr(self, f"{step}_closes_at")
            if opens is not None and closes is not None and closes <= opens:
                raise Invalid.field(
                    f"/{step}_closes_at",
                    "closes_before_opening",
                    en="The closing time must come after the opening time.",
                    km="ពេលវេលាបិទត្រូវតែក្រោយពេលវេលាបើក។",
                )

    def scoring(self, now: datetime) -> Scoring:
        """Where the window for citizens' scores stands. It lies within the round, which people open and close."""
        if self.state == "planned":
            return "not_yet"
        if self.state == "closed" or (self.scoring_closes_at is not None and self.scoring_closes_at <= now):
            return "over"
        return "not_yet" if self.scoring_opens_at is not None and now < self.scoring_opens_at else "open"

    def next_turn(self, now: datetime) -> datetime | None:
        """When the window for scores opens or closes next; None when it does neither by itself."""
        times = (self.scoring_opens_at, self.scoring_closes_at) if self.state == "open" else ()
        return min((at for at in times if at is not None and at > now), default=None)

    def begin_scoring(self, now: datetime) -> bool:
        """Note that citizens may score from now on; whether that is new."""
        if self.scoring_began_at is not None:
            return False
        self.scoring_began_at = now
        return True

    def open(self, now: datetime) -> None:
        """The round begins, and with it scoring, unless that has an hour of its own. Raises Conflict unless planned."""
        self.must_be_planned()
        if self.scoring_closes_at is not None and self.scoring_closes_at <= now:
            raise Conflict(
                "scoring_window_passed",
                en="The time at which this round's scoring closes has passed. Set a later one, then open the round.",
                km="ពេលវេលាបិទការដាក់ពិន្ទុរបស់ជុំនេះបានកន្លងហួសហើយ។ សូមកំណត់ពេលក្រោយជាងនេះ រួចបើកជុំ។",
            )
        self.state, self.opened_at = "open", now
        self.version += 1

    def close(self, now: datetime) -> None:
        """Scoring ends for good. Raises Conflict unless the round is open."""
        if self.state != "open":
            raise Conflict(
                "round_not_open",
                en=f"Only an open round can be closed; this one is {self.state}.",
                km=f"អាចបិទបានតែជុំវាយតម្លៃដែលកំពុងបើកប៉ុណ្ណោះ; ជុំនេះ{STATE_KM[self.state]}។",
            )
        self.state, self.closed_at = "closed", now
        self.version += 1

    def told(self) -> dict[str, Any]:
        """What events say of it."""
        names = ("year", "area_codes", "title_km", "title_en")
        return {"round_id": self.id} | {name: getattr(self, name) for name in names}

    def includes(self, area_code: str) -> bool:
        """Whether the place is inside the round's areas."""
        return any(covers(area, area_code) for area in self.area_codes)

    def set_for(self, unit_kind: str) -> IndicatorSet | None:
        """The questions for a kind of unit; None when the round leaves that kind out."""
        return next((entry for entry in self.indicator_sets if entry.unit_kind == unit_kind), None)


STATE_KM = {"planned": "ត្រូវបានគ្រោងទុក", "open": "កំពុងបើក", "closed": "បានបិទហើយ"}


class PhoneKey(Table, table=True):
    """The HMAC key of a round's phones, as its two SHA-256 pads, so that Postgres itself can apply it.

    The key never enters this process again after it was made, and the row is deleted when the round closes: what is
    kept of a phone can then be traced to nobody.
    """

    __tablename__: ClassVar[str] = "phone_key"

    round_id: UUID = Field(primary_key=True, foreign_key="round.id")
    inner_pad: bytes
    outer_pad: bytes

    @classmethod
    def new(cls, round_id: UUID) -> Self:
        """A fresh random key of 32 bytes."""
        return cls.of(round_id, secrets.token_bytes(32))

    @classmethod
    def of(cls, round_id: UUID, key: bytes) -> Self:
        """RFC 2104: HMAC(m) = H(outer ‖ H(inner ‖ m))."""
        block = key.ljust(SHA256_BLOCK, b"\0")
        return cls(
            round_id=round_id,
            inner_pad=bytes(byte ^ 0x36 for byte in block),
            outer_pad=bytes(byte ^ 0x5C for byte in block),
        )


def without_covered(area_codes: Iterable[str]) -> list[str]:
    """The same territory in the fewest codes, sorted: an area whose upper area is listed adds nothing."""
    kept: list[str] = []
    for code in sorted(set(area_codes)):
        if not any(covers(upper, code) for upper in kept):
            kept.append(code)
    return kept
