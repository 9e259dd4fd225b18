"""Reads and locks of scorecards, shared by everything that adds scores."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.scorecard.areas import Unit, must_serve, units_of
from services.scorecard.rounds.models import Round
from services.scorecard.scorecards.following import Place, find_present, find_present_to_score
from services.scorecard.scorecards.models import Scorecard
from services.scorecard.scorecards.refusals import scoring_refusal, unit_unknown
from shared.auth.permissions import Permission
from shared.auth.user import User
from shared.errors import NotFound, ServiceUnavailable
from shared.registry_copy import find_unit

Shared = Mapping[Place, Scorecard]
"""Scorecards that a transaction has shared already, for many records at once; also by old codes of their units."""
NONE_SHARED: Shared = {}
AT_PLACES = text(
    "(scorecard.round_id, scorecard.unit_code) IN"
    " (SELECT * FROM unnest(CAST(:rounds AS uuid[]), CAST(:codes AS text[])))"
)
"""As two arrays: thousands of pairs, each by itself, are more than a statement's stack."""
LOCK_IN_ORDER = text(
    "SELECT count(*) FROM (SELECT FROM scorecard WHERE round_id = :round_id ORDER BY unit_code FOR UPDATE) AS locked"
)
"""In the order in which batches take their share locks, so that none waits for the other in a circle."""
IS_SCORED = text(
    """
    SELECT EXISTS (SELECT FROM ballot
                   WHERE round_id = :round_id AND unit_code = :unit_code AND NOT late AND NOT withdrawn)
        OR EXISTS (SELECT FROM tally
                   WHERE round_id = :round_id AND unit_code = :unit_code AND NOT late AND withdrawn_at IS NULL)
    """
)


async def get_scorecard(db: AsyncSession, round_id: UUID, unit_code: str, *, lock: bool = False) -> Scorecard:
    """The scorecard of a path, whose code may be an old one of the unit. Raises NotFound."""
    place = (round_id, unit_code)
    card = await find_scorecard(db, place, update=lock)
    if card is None and (present := (await find_present(db, [place])).get(place)) is not None:
        card = await find_scorecard(db, (round_id, present), update=lock)
    if card is None:
        raise NotFound(
            "scorecard_not_found",
            en="This unit has no scorecard in this round: it is unknown, not open yet, or leaves the unit out.",
            km="អង្គភាពនេះគ្មានតារាងពិន្ទុក្នុងជុំវាយតម្លៃនេះទេ៖ មិនស្គាល់ជុំនេះ ជុំមិនទាន់បើក ឬអង្គភាពមិនចូលរួម។",
        )
    return card


async def share_scorecard(db: AsyncSession, round_id: UUID, unit_code: str, shared: Shared = NONE_SHARED) -> Scorecard:
    """The scorecard of a body, kept from ending until the caller's scores are stored. Raises why there is none.

    A code of the body may be an old one of the unit: what is stored bears the scorecard's.
    """
    place = (round_id, unit_code)
    card = shared.get(place) or await find_scorecard(db, place, share=True)
    if card is None and (present := (await find_present_to_score(db, [place])).get(place)) is not None:
        card = await find_scorecard(db, (round_id, present), share=True)
    if card is None:
        await refuse_scores(db, round_id, unit_code)
        raise changed_meanwhile()
    return card


async def share_scorecards(db: AsyncSession, places: Iterable[Place]) -> dict[Place, Scorecard]:
    """Those that there are under exactly these codes, kept from ending; in the order in which everybody locks them."""
    wanted = list(places)
    values = {"rounds": [place[0] for place in wanted], "codes": [place[1] for place in wanted]}
    key = (col(Scorecard.round_id), col(Scorecard.unit_code))
    statement = select(Scorecard).where(AT_PLACES.bindparams(**values)).order_by(*key).with_for_update(read=True)
    return {(card.round_id, card.unit_code): card for card in await db.scalars(statement)}


async def find_scorecard(
    db: AsyncSession, place: Place, *, update: bool = False, share: bool = False
) -> Scorecard | None:
    """The scorecard under exactly this code, locked for a change or shared with others who add scores."""
    statement = select(Scorecard).where(col(Scorecard.round_id) == place[0], col(Scorecard.unit_code) == place[1])
    if update or share:
        statement = statement.with_for_update(read=share)
    card: Scorecard | None = await db.scalar(statement)
    return card


async def is_scored(db: AsyncSession, card: Scorecard) -> bool:
    """Whether any ballot or tally of a unit counts; exact where the scorecard is locked."""
    return bool(await db.scalar(IS_SCORED, {"round_id": card.round_id, "unit_code": card.unit_code}))


async def get_unit(db: AsyncSession, unit_code: str) -> Unit:
    """The open unit of a path, whose code may be an old one. Raises NotFound."""
    unit = await find_unit(db, Unit, unit_code)
    if unit is None:
        problem = unit_unknown()
        raise NotFound("unit_not_found", en=problem.en, km=problem.km)
    return unit


async def must_facilitate(db: AsyncSession, user: User, card: Scorecard) -> None:
    """Raise Forbidden unless the caller facilitates the unit: in its area, or in a commune that it serves."""
    facilitator = user.with_permission(Permission.BALLOT_RECORD)
    if not facilitator.covers(card.area_code):
        must_serve(facilitator, card.area_code, (await units_of(db, [card.unit_code]))[card.unit_code])


async def must_see(db: AsyncSession, user: User, cards: Sequence[Scorecard]) -> None:
    """Raise Forbidden unless the caller reviews or facilitates any of the units, of which something was recorded."""
    if not any(user.covers(card.area_code) for card in cards):
        facilitator = user.with_permission(Permission.BALLOT_RECORD)
        units = await units_of(db, [card.unit_code for card in cards])
        if not any(facilitator.covers(served) for unit in units.values() for served in unit.catchment):
            user.must_cover(min(card.area_code for card in cards))


async def must_accept_scores(db: AsyncSession, card: Scorecard) -> None:
    """Raise why a shared scorecard takes no more scores."""
    if not card.accepts_scores:
        await refuse_scores(db, card.round_id, card.unit_code)
        raise changed_meanwhile()


async def comes_late(db: AsyncSession, card: Scorecard) -> bool:
    """Whether a facilitator's record comes after scoring of a shared scorecard has ended: it is kept, and not counted.

    Raises why there can be none yet.
    """
    if not card.accepts_scores and card.state == "planned":
        await refuse_scores(db, card.round_id, card.unit_code)
        raise changed_meanwhile()
    return not card.accepts_scores


async def refuse_scores(db: AsyncSession, round_id: UUID, unit_code: str, *, by_phone: bool = False) -> None:
    """Raise why a unit takes no scores in a round, from facilitators or by phone; return when it does."""
    card = await db.get(Scorecard, (round_id, unit_code), populate_existing=True)
    unit_known = (
        card is not None or await db.scalar(select(col(Unit.id)).where(col(Unit.code) == unit_code)) is not None
    )
    scored_round = await db.get(Round, round_id)
    problem = scoring_refusal(scored_round, card, unit_known=unit_known, by_phone=by_phone)
    if problem is not None:
        raise problem


async def end_scoring(db: AsyncSession, round_id: UUID) -> None:
    """No unit of the round takes scores any more, but those that facilitators were let change; waits for such as are
    being stored.
    """
    await db.execute(LOCK_IN_ORDER, {"round_id": round_id})
    await db.execute(
        update(Scorecard)
        .where(col(Scorecard.round_id) == round_id, col(Scorecard.accepts_scores), ~col(Scorecard.unlocked))
        .values(accepts_scores=False)
        .execution_options(synchronize_session=False)
    )


def changed_meanwhile() -> ServiceUnavailable:
    """Something moved between two looks; the same request again will be answered."""
    return ServiceUnavailable(
        "busy",
        en="This scorecard changed just now. Nothing was stored; send the same request again.",
        km="តារាងពិន្ទុនេះទើបតែមានការផ្លាស់ប្ដូរ។ មិនមានអ្វីត្រូវបានរក្សាទុកទេ សូមផ្ញើសំណើដដែលម្ដងទៀត។",
        retry_after=1,
    )
