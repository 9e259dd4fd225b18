"""Why a unit takes no scores in a round, said to the one who sent them."""

from collections.abc import Sequence
from datetime import datetime

from services.scorecard.rounds.models import Round
from services.scorecard.rounds.windows import (
    for_machines,
    in_english,
    in_khmer,
    scoring_closed,
    scoring_not_open_yet,
)
from services.scorecard.scorecards.models import Scorecard, round_not_open
from services.scorecard.scorecards.schemas import VillageRead
from shared.digits import khmer_digits
from shared.errors import Conflict, FieldError, Invalid, Problem


def scoring_refusal(
    scored_round: Round | None, card: Scorecard | None, *, unit_known: bool, by_phone: bool = False
) -> Problem | None:
    """The reason, None when scores are taken; from phones they are not once a round is closed, even where a change of
    the unit's scorecard was granted.
    """
    if scored_round is None:
        return Invalid.field(
            "/round_id", "round_unknown", en="There is no round with this id.", km="គ្មានជុំវាយតម្លៃដែលមានលេខសម្គាល់នេះទេ។"
        )
    if scored_round.state == "planned":
        return round_not_open()
    if card is None:
        return unit_not_in_round() if unit_known else unit_unknown()
    if scored_round.state == "closed" and (by_phone or not card.accepts_scores):
        return round_closed()
    if card.state == "planned":
        return scoring_not_open_yet(scored_round)
    if card.state == "running" and not card.accepts_scores:
        return scoring_closed(scored_round)
    if not card.accepts_scores:
        return scoring_ended()
    return None


def self_assessment_refusal(scored_round: Round, card: Scorecard, now: datetime) -> Problem | None:
    """Why a unit's staff cannot score themselves now, in hours of their own; None when they can."""
    if scored_round.state == "planned":
        return round_not_open()
    if scored_round.state == "closed" and not card.accepts_scores:
        return round_closed()
    opens, closes = scored_round.self_assessment_opens_at, scored_round.self_assessment_closes_at
    if opens is not None and now < opens:
        return Conflict(
            "self_assessment_not_open",
            en=f"Self-assessment opens on {in_english(opens)}.",
            km=f"ការវាយតម្លៃខ្លួនឯងនឹងបើកនៅ{in_khmer(opens)}។",
            extra={"opens_at": for_machines(opens)},
        )
    if closes is not None and now >= closes and not card.unlocked:
        return Conflict(
            "self_assessment_closed",
            en=f"Self-assessment closed on {in_english(closes)}.",
            km=f"ការវាយតម្លៃខ្លួនឯងបានបិទនៅ{in_khmer(closes)}។",
            extra={"closed_at": for_machines(closes)},
        )
    return None if card.state in ("planned", "running") else scoring_ended()


def scoring_ended() -> Conflict:
    """The unit's scorecard was submitted."""
    return Conflict(
        "scoring_ended",
        en="Scoring of this unit has ended; its result is in review or published.",
        km="ការដាក់ពិន្ទុសម្រាប់អង្គភាពនេះបានបញ្ចប់ហើយ; លទ្ធផលកំពុងពិនិត្យ ឬបានផ្សព្វផ្សាយរួចហើយ។",
    )


def unit_unknown() -> Invalid:
    """No such unit anywhere."""
    return Invalid.field(
        "/unit_code",
        "unit_unknown",
        en="There is no service unit with this code.",
        km="គ្មានអង្គភាពផ្តល់សេវាដែលមានលេខកូដនេះទេ។",
    )


def unit_not_in_round() -> Invalid:
    """A unit outside the round's areas or of a kind that the round leaves out."""
    return Invalid.field(
        "/unit_code",
        "unit_not_in_round",
        en="This unit does not take part in this round.",
        km="អង្គភាពនេះមិនចូលរួមក្នុងជុំវាយតម្លៃនេះទេ។",
    )


def wrong_length(expected: int, sent: int, pointer: str = "/scores") -> Invalid:
    """Not one answer per question of the unit's set."""
    return Invalid.field(
        pointer,
        "wrong_number_of_scores",
        en=f"This unit is scored on {expected} indicators; {sent} came.",
        km=f"អង្គភាពនេះត្រូវវាយតម្លៃលើលក្ខណៈវិនិច្ឆ័យចំនួន {khmer_digits(str(expected))}; បានទទួល {khmer_digits(str(sent))}។",
    )


def no_answer(pointer: str = "/scores") -> Invalid:
    """Every question was left out."""
    return Invalid.field(
        pointer,
        "no_answer",
        en="At least one indicator must be scored.",
        km="ត្រូវដាក់ពិន្ទុយ៉ាងតិចលើលក្ខណៈវិនិច្ឆ័យមួយ។",
    )


def indicator_unknown() -> Invalid:
    """The refusal of an indicator that the unit is not scored on."""
    return Invalid.field(
        "/indicator_code",
        "indicator_unknown",
        en="This unit is not scored on an indicator with this code.",
        km="អង្គភាពនេះមិនត្រូវវាយតម្លៃលើលក្ខណៈវិនិច្ឆ័យដែលមានលេខកូដនេះទេ។",
    )


def villages_without_scores(villages: Sequence[VillageRead]) -> Conflict:
    """Meetings were planned in them, nothing was recorded, and nobody said why."""
    named = ", ".join(f"{village.name_en or ''} {village.village_code}".strip() for village in villages[:20])
    named_km = ", ".join(f"{village.name_km or ''} {village.village_code}".strip() for village in villages[:20])
    en = "No scores of this planned village are here. Record them, or skip the village with a reason."
    km = "មិនទាន់មានពិន្ទុពីភូមិដែលបានគ្រោងទុកនេះទេ។ សូមកត់ត្រាពិន្ទុ ឬរំលងភូមិនេះដោយបញ្ជាក់ហេតុផល។"
    return Conflict(
        "villages_without_scores",
        en=f"Planned villages have no scores and were not skipped: {named}.",
        km=f"ភូមិដែលបានគ្រោងទុកខាងក្រោមមិនទាន់មានពិន្ទុ ហើយមិនត្រូវបានរំលងទេ៖ {named_km}។",
        errors=[
            FieldError(f"/villages/{village.village_code}", "village_without_scores", en, km) for village in villages
        ],
    )


def must_be_plannable(state: str) -> None:
    """Raise Conflict for a scorecard that was submitted: it has nothing left to plan."""
    if state not in ("planned", "running"):
        raise Conflict(
            "scorecard_not_running",
            en="Scoring of this unit was ended already: its plan stays as it is.",
            km="ការដាក់ពិន្ទុសម្រាប់អង្គភាពនេះបានបញ្ចប់រួចហើយ៖ ផែនការនៅដដែល។",
        )


def must_be_planned_in(scored_round: Round, now: datetime) -> None:
    """Raise Conflict for a round whose scoring is over."""
    if scored_round.scoring(now) == "over":
        raise round_closed() if scored_round.state == "closed" else scoring_closed(scored_round)


def round_closed() -> Conflict:
    """The round takes no more scores."""
    return Conflict(
        "round_closed",
        en="This round is closed: it takes no more scores.",
        km="ជុំវាយតម្លៃនេះបានបិទហើយ៖ មិនទទួលពិន្ទុទៀតទេ។",
    )


def beyond_scale(steps: int, pointer: str) -> Invalid:
    """The refusal of a score that the unit's scale does not have."""
    return Invalid.field(
        pointer,
        "score_beyond_scale",
        en=f"This unit is scored from 1 to {steps}.",
        km=f"អង្គភាពនេះត្រូវដាក់ពិន្ទុពី ១ ដល់ {khmer_digits(str(steps))}។",
    )
