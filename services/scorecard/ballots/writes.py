"""Storing one ballot, in one statement; only what was not stored is looked into further."""

from dataclasses import dataclass, replace
from typing import Any, Literal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.scorecard.ballots.links import BallotLinks, token_invalid
from services.scorecard.ballots.models import Ballot
from services.scorecard.ballots.schemas import BallotIn
from services.scorecard.scorecards.following import find_present_to_score, is_old_code
from services.scorecard.scorecards.models import Scorecard
from services.scorecard.scorecards.queries import changed_meanwhile, refuse_scores
from services.scorecard.scorecards.refusals import wrong_length
from shared.auth.permissions import Permission
from shared.auth.user import User
from shared.errors import Conflict, Invalid

PHONE_HASH = "sha256(phone_key.outer_pad || sha256(phone_key.inner_pad || CAST(:phone AS bytea)))"
"""HMAC-SHA-256 under the round's key, which never leaves the database."""

WRITE = text(
    f"""
    WITH card AS MATERIALIZED (
        SELECT round_id, unit_code FROM scorecard
        WHERE round_id = CAST(:round_id AS uuid) AND unit_code = CAST(:unit_code AS text) AND accepts_scores
          AND indicator_count = cardinality(CAST(:scores AS smallint[]))
          AND (CAST(:phone AS bytea) IS NOT NULL
               OR EXISTS (SELECT FROM unnest(CAST(:areas AS text[])) AS area WHERE starts_with(area_code, area)))
        FOR SHARE
    )
    INSERT INTO ballot (id, round_id, unit_code, scores, sex, age_group, channel, device_hash, cast_on)
    SELECT CAST(:id AS uuid), card.round_id, card.unit_code, CAST(:scores AS smallint[]), CAST(:sex AS text),
           CAST(:age_group AS text), CASE WHEN CAST(:phone AS bytea) IS NULL THEN 'meeting' ELSE 'phone' END,
           {PHONE_HASH}, CAST(:cast_on AS date)
    FROM card LEFT JOIN phone_key ON phone_key.round_id = card.round_id
    WHERE CAST(:phone AS bytea) IS NULL OR phone_key.round_id IS NOT NULL
    ON CONFLICT DO NOTHING
    RETURNING true
    """  # noqa: S608 - a constant is put in
)
PHONE_HAS_SCORED = text(
    f"""
    SELECT EXISTS (
        SELECT FROM ballot JOIN phone_key USING (round_id)
        WHERE round_id = :round_id AND unit_code = :unit_code AND device_hash = {PHONE_HASH})
    """  # noqa: S608 - a constant is put in
)


@dataclass(frozen=True, slots=True)
class Cast:
    """A ballot on its way in, by phone (with its blinded id) or recorded by a facilitator."""

    ballot: BallotIn
    facilitator: User | None
    links: BallotLinks
    scanned: str | None = None
    """The unit of the phone's token where the ballot names another one, of which it must be an old code."""

    @classmethod
    def of(cls, ballot: BallotIn, user: User | None, links: BallotLinks) -> "Cast":
        """A facilitator's ballot comes from a meeting; anybody else's from a phone, with the unit's token."""
        facilitator = user.with_permission(Permission.BALLOT_RECORD) if user else None
        if facilitator and facilitator.grants:
            return cls(ballot, facilitator, links)
        if ballot.ballot_token is None:
            raise Invalid.field(
                "/ballot_token",
                "ballot_token_required",
                en="Send the token of the unit's QR code, or sign in as a facilitator.",
                km="សូមផ្ញើលេខសម្គាល់ពីកូដ QR របស់អង្គភាព ឬចូលប្រើជាអ្នកសម្របសម្រួល។",
            )
        scanned = links.read(ballot.ballot_token)
        if scanned is None or scanned[0] != ballot.round_id:
            raise token_invalid()
        if ballot.device_id is None:
            raise Invalid.field(
                "/device_id",
                "device_id_required",
                en="Send an id of this phone, so that each phone scores a unit once. It is not kept.",
                km="សូមផ្ញើលេខសម្គាល់ទូរសព្ទ ដើម្បីឱ្យទូរសព្ទមួយដាក់ពិន្ទុបានតែម្ដង។ លេខនេះមិនត្រូវបានរក្សាទុកទេ។",
            )
        return cls(ballot, None, links, None if scanned[1] == ballot.unit_code else scanned[1])

    @property
    def phone(self) -> bytes | None:
        """The blinded id of the phone that casts it."""
        ballot = self.ballot
        if self.facilitator or ballot.device_id is None:
            return None
        return self.links.blind(ballot.round_id, ballot.unit_code, ballot.device_id)

    @property
    def values(self) -> dict[str, Any]:
        """The statement's parameters."""
        return {
            **stored_values(self.ballot),
            "phone": self.phone,
            "areas": [grant.area_code for grant in self.facilitator.grants] if self.facilitator else [],
        }


def stored_values(ballot: BallotIn) -> dict[str, Any]:
    """What is kept of a ballot, beside its channel and phone."""
    kept = ballot.model_dump(include={"id", "round_id", "unit_code", "scores", "sex", "age_group"})
    return kept | {"cast_on": ballot.cast_on()}


def is_same(stored: Ballot, ballot: BallotIn) -> bool:
    """Whether a stored ballot says the same."""
    return all(getattr(stored, name) == value for name, value in stored_values(ballot).items())


def other_content() -> Conflict:
    """The refusal of an id that is taken by a different ballot."""
    return Conflict(
        "conflict",
        en="A different ballot is stored under this id. A new ballot needs a new id.",
        km="លេខសម្គាល់នេះមានសន្លឹកឆ្នោតផ្សេងរួចហើយ។ សន្លឹកឆ្នោតថ្មីត្រូវមានលេខសម្គាល់ថ្មី។",
    )


async def record(db: AsyncSession, cast: Cast) -> Literal["accepted", "duplicate"]:
    """Store the ballot, once; one that names an old code goes to the unit of today. Raises why it is not taken."""
    ballot = cast.ballot
    if cast.scanned is not None and not await is_old_code(db, cast.scanned, ballot.unit_code):
        raise token_invalid()
    if await db.scalar(WRITE, cast.values):
        return "accepted"
    place = (ballot.round_id, ballot.unit_code)
    if (present := (await find_present_to_score(db, [place])).get(place)) is not None:
        return await record(db, replace(cast, ballot=ballot.model_copy(update={"unit_code": present}), scanned=None))
    stored = await db.get(Ballot, ballot.id)
    if stored is not None:
        if is_same(stored, ballot):
            return "duplicate"
        raise other_content()
    await refuse_scores(db, ballot.round_id, ballot.unit_code)
    card = await db.get_one(Scorecard, (ballot.round_id, ballot.unit_code))
    if cast.facilitator:
        cast.facilitator.must_cover(card.area_code)
    if len(ballot.scores) != card.indicator_count:
        raise wrong_length(card.indicator_count, len(ballot.scores))
    asked = {"round_id": ballot.round_id, "unit_code": ballot.unit_code, "phone": cast.phone}
    if cast.phone is not None and await db.scalar(PHONE_HAS_SCORED, asked):
        raise Conflict(
            "already_scored",
            en="This phone has scored this unit in this round already: every phone once.",
            km="ទូរសព្ទនេះបានដាក់ពិន្ទុឱ្យអង្គភាពនេះក្នុងជុំនេះរួចហើយ៖ ទូរសព្ទមួយបានតែម្ដង។",
        )
    raise changed_meanwhile()
