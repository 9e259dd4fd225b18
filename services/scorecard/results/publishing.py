"""Making results public and taking them back: one unit or many in one transaction, by the same rules."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.scorecard.areas import units_of
from services.scorecard.indicators.models import IndicatorSet
from services.scorecard.results.differing import find_small_change
from services.scorecard.results.making import History, Made, make_result, waiting_count
from services.scorecard.results.models import Result
from services.scorecard.results.queries import add_to_areas, count_now, histories, read_beside
from services.scorecard.results.schemas import ResultRead
from services.scorecard.results.sums import Changes
from services.scorecard.rounds.models import Round
from services.scorecard.scorecards.models import Scorecard
from services.scorecard.scorecards.steps import ScorecardStep, record_steps, step_of
from shared.auth.user import User
from shared.digits import khmer_digits
from shared.errors import Conflict, Forbidden, Problem
from shared.events import Event
from shared.events.scorecard import GroupWorseOff, IndicatorResult, ResultPublished, ResultWithdrawn
from shared.outbox import emit_all


@dataclass(slots=True)
class Outcome:
    """What became of one scorecard."""

    card: Scorecard
    made: Made | None = None
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Publisher:
    """Who publishes, when, and why in spite of low participation."""

    user: User
    now: datetime
    despite: str | None = None


def must_publish_in(user: User, scored_round: Round, card: Scorecard) -> None:
    """Raise Forbidden unless the caller has one of the roles that the round lets publish, and it reaches the unit."""
    user.must_cover(card.area_code, card.unit_code)
    if not any(
        grant.role in scored_round.publisher_roles and grant.covers(card.area_code, card.unit_code)
        for grant in user.grants
    ):
        raise Forbidden(
            "not_a_publisher",
            en="In this round your role does not publish results.",
            km="ក្នុងជុំវាយតម្លៃនេះ តួនាទីរបស់អ្នកមិនអាចផ្សព្វផ្សាយលទ្ធផលបានទេ។",
        )


async def publish_cards(
    db: AsyncSession, scored_round: Round, cards: Sequence[Scorecard], publisher: Publisher, *, dry_run: bool = False
) -> list[Outcome]:
    """Publish each locked scorecard, or say why not; one that is refused stays as it was.

    In a dry run nothing is changed.
    """
    codes = [card.unit_code for card in cards]
    before, beside = await histories(db, scored_round.id, codes), await read_beside(db, scored_round.id, codes)
    units = await units_of(db, codes)
    outcomes = []
    for card in cards:
        outcome = Outcome(card)
        try:
            must_publish_in(publisher.user, scored_round, card)
            card.must_be_publishable(publisher.user.id)
            counted, history = await count_now(db, card, beside), before[card.unit_code]
            version = card.result_version + 1
            made = make_result(card, units[card.unit_code], scored_round, counted, history, version=version)
            questions = await db.get_one(IndicatorSet, card.indicator_set_id)
            _must_be_publishable(made.result, history, questions, scored_round, publisher)
            outcome.made = made
        except Problem as problem:
            outcome.problem = problem
        outcomes.append(outcome)
    if not dry_run:
        await _store(db, scored_round, [outcome for outcome in outcomes if outcome.made], before, publisher)
    return outcomes


def _must_be_publishable(
    result: Result, history: History, questions: IndicatorSet, scored_round: Round, publisher: Publisher
) -> None:
    if result.below_minimum and publisher.despite is None:
        raise Conflict(
            "participation_too_low",
            en=f"Fewer than {scored_round.minimum_participation} people scored this unit. To publish its result all the"
            " same, give the reason as despite_low_participation.",
            km=f"មានអ្នកដាក់ពិន្ទុតិចជាង {khmer_digits(scored_round.minimum_participation)} នាក់សម្រាប់អង្គភាពនេះ។"
            " ដើម្បីផ្សព្វផ្សាយលទ្ធផលទោះជាយ៉ាងណា សូមផ្ដល់មូលហេតុក្នុង despite_low_participation។",
        )
    too_small = find_small_change(history.earlier, result, scored_round.suppression_threshold)
    if too_small is not None:
        raise too_small.refusal(result, questions)


async def _store(
    db: AsyncSession,
    scored_round: Round,
    outcomes: Sequence[Outcome],
    before: dict[str, History],
    publisher: Publisher,
) -> None:
    changes = Changes()
    events: list[Event] = []
    steps: list[ScorecardStep] = []
    for card, made in _made(outcomes):
        steps += _publish(card, publisher)
        result, history = made.result, before[card.unit_code]
        result.published_at = publisher.now
        waiting = waiting_count(made, history.count)
        db.add_all([result] if waiting is None else [result, waiting])
        replaced = next((one for one in reversed(history.earlier) if one.withdrawn_at is None), None)
        if replaced is not None:
            changes.take_result(replaced)
        changes.add_result(result)
        events.append(published(result, await db.get_one(IndicatorSet, card.indicator_set_id), card.state))
    if events:
        await record_steps(db, steps)
        await emit_all(db, events)
        await add_to_areas(db, scored_round.id, changes)


def _made(outcomes: Sequence[Outcome]) -> Iterator[tuple[Scorecard, Made]]:
    for outcome in outcomes:
        if outcome.made is not None:
            yield outcome.card, outcome.made


def _publish(card: Scorecard, publisher: Publisher) -> list[ScorecardStep]:
    """The steps: from review it is completed as well."""
    by, at, before = publisher.user.id, publisher.now, card.state
    card.publish(by, at)
    published_step = step_of(card, "published", by=by, before=card.state, reason=publisher.despite, at=at)
    if before == card.state:
        return [published_step]
    return [step_of(card, "completed", by=by, before=before, at=at), published_step]


async def withdraw_card(
    db: AsyncSession, scored_round: Round, card: Scorecard, by: UUID, now: datetime, reason: str
) -> Result:
    """Take a unit's result back, with all versions of it that are public; the sums of areas go down.

    What went into a pool of an area stays there.
    """
    card.withdraw()
    history = (await histories(db, scored_round.id, [card.unit_code]))[card.unit_code]
    public = [result for result in history.earlier if result.withdrawn_at is None]
    for result in public:
        result.withdraw(by, now, reason)
    if history.count is not None:
        history.count.stop_waiting()
    changes = Changes()
    changes.take_result(public[-1])
    await record_steps(db, [step_of(card, "withdrawn", by=by, before=card.state, reason=reason, at=now)])
    await emit_all(db, [withdrawn(public[-1], reason)])
    await add_to_areas(db, scored_round.id, changes)
    return public[-1]


def published(result: Result, questions: IndicatorSet, state: str) -> ResultPublished:
    """The event: the result as everybody may read it."""
    read = ResultRead.of(result, questions, state)
    fields = set(ResultPublished.model_fields) - {"indicators", "result_id", "worse_off"}
    return ResultPublished(
        result_id=result.id,
        **read.model_dump(include=fields),
        indicators=[
            IndicatorResult(
                satisfied=None if indicator.satisfied is None else indicator.satisfied.share,
                **indicator.model_dump(include=set(IndicatorResult.model_fields) - {"satisfied"}),
            )
            for indicator in read.indicators
        ],
        worse_off=[GroupWorseOff(**group.model_dump()) for group in read.worse_off],
    )


def withdrawn(result: Result, reason: str) -> ResultWithdrawn:
    """The event."""
    fields = set(ResultWithdrawn.model_fields) - {"result_id", "reason"}
    return ResultWithdrawn(result_id=result.id, reason=reason, **result.model_dump(include=fields))
