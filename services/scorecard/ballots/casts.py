"""A ballot on its way in, with who sends it: by phone, or recorded by a facilitator in a meeting."""

from dataclasses import dataclass, replace
from typing import Any, Self

from services.scorecard.ballots.links import BallotLinks, Scanned
from services.scorecard.ballots.schemas import BallotIn
from services.scorecard.scorecards.refusals import no_answer
from shared.auth.permissions import Permission
from shared.auth.user import User
from shared.errors import Invalid

CONTENT = (
    *("round_id", "unit_code", "scores", "sex", "age_group", "disability", "ethnic_minority", "id_poor"),
    *("village_code", "meeting_id", "cast_on"),
)
"""What is kept of a ballot beside its id; two ballots of one id are the same when all of it is."""


@dataclass(slots=True)
class Cast:
    """One ballot, and what decides whether it is taken."""

    ballot: BallotIn
    facilitator: User | None = None
    reach: str | None = None
    """The areas of the facilitator's grants, as SQL patterns."""
    links: BallotLinks | None = None
    scanned: Scanned | None = None
    """What the token of the phone says."""

    @classmethod
    def of(cls, ballot: BallotIn, user: User | None, links: BallotLinks) -> Self:
        """A facilitator's ballot comes from a meeting; anybody else's from a phone, with the unit's token."""
        if not ballot.is_answered():
            raise no_answer()
        facilitator = user.with_permission(Permission.BALLOT_RECORD) if user else None
        if facilitator and facilitator.grants:
            return cls(ballot, facilitator, facilitator.reach())
        return cls(ballot, links=links, scanned=_scan(ballot, links))

    @property
    def phone(self) -> bytes | None:
        """The blinded id of the phone that casts it."""
        if self.links is None or self.ballot.device_id is None:
            return None
        return self.links.blind(self.ballot.round_id, self.ballot.unit_code, self.ballot.device_id)

    @property
    def names_other_unit(self) -> bool:
        """Whether the token is of another unit code than the ballot, which holds for an old code of the unit alone."""
        return self.scanned is not None and self.scanned.unit_code != self.ballot.unit_code

    @property
    def content(self) -> tuple[Any, ...]:
        """What is kept of it, in the order of CONTENT."""
        ballot = self.ballot
        return (
            *(ballot.round_id, ballot.unit_code, ballot.scores, ballot.sex, ballot.age_group),
            *(ballot.disability, ballot.ethnic_minority, ballot.id_poor),
            *(ballot.village_code, ballot.meeting_id, ballot.cast_on()),
        )

    def at(self, unit_code: str) -> "Cast":
        """The same ballot for the unit's code of today."""
        return replace(self, ballot=self.ballot.model_copy(update={"unit_code": unit_code}))


def _scan(ballot: BallotIn, links: BallotLinks) -> Scanned:
    scanned = links.scan(ballot.ballot_token, ballot.round_id)
    if ballot.device_id is None:
        raise Invalid.field(
            "/device_id",
            "device_id_required",
            en="Send an id of this phone, so that each phone scores a unit once. It is not kept.",
            km="សូមផ្ញើលេខសម្គាល់ទូរសព្ទ ដើម្បីឱ្យទូរសព្ទមួយដាក់ពិន្ទុបានតែម្ដង។ លេខនេះមិនត្រូវបានរក្សាទុកទេ។",
        )
    return scanned
