"""Taking ballots, and handing out what a phone needs to cast one."""

from collections import Counter
from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.scorecard.areas import Unit, must_cover_unit, units_of
from services.scorecard.ballots.batch import record_batch
from services.scorecard.ballots.links import Links, token_invalid
from services.scorecard.ballots.schemas import BallotForm, BallotIn, BallotLink, BallotReceipt, BatchIn, BatchReceipt
from services.scorecard.ballots.writes import Cast, record
from services.scorecard.indicators.models import IndicatorSet
from services.scorecard.rounds.queries import get_round
from services.scorecard.scorecards.following import find_present
from services.scorecard.scorecards.models import Scorecard
from services.scorecard.scorecards.queries import refuse_scores
from services.scorecard.scorecards.refusals import no_answer, unit_unknown
from shared.areas import UnitCode
from shared.auth.permissions import Permission
from shared.auth.user import MaybeUser, Requires, User
from shared.db import Database, Transaction
from shared.errors import Conflict, NotFound
from shared.language import preferred_language
from shared.registry_copy import find_unit
from shared.routing import Router

LinkReader = Annotated[User, Depends(Requires(Permission.BALLOT_LINK_READ))]
Facilitator = Annotated[User, Depends(Requires(Permission.BALLOT_RECORD))]

router = Router(tags=["ballots"])


async def ballot_transaction(request: Request) -> AsyncIterator[AsyncSession]:
    """A transaction without Idempotency-Key: a ballot's own id does its work, and the key's stored fingerprint of the
    request would let the phone's id be found by trying.
    """
    database: Database = request.app.state.runtime.database
    async with database.transaction() as session:
        yield session


BallotTransaction = Annotated[AsyncSession, Depends(ballot_transaction, scope="function")]


@router.post(
    "/ballots",
    status_code=201,
    responses={200: {"model": BallotReceipt, "description": "This ballot was stored before"}},
)
async def record_ballot(
    body: BallotIn, user: MaybeUser, db: BallotTransaction, links: Links, response: Response
) -> BallotReceipt:
    """Take one ballot: from a phone with the unit's token, or from a facilitator of the unit's area at a meeting.

    Sending the same ballot again answers 200 and changes nothing; nothing of the sender is kept.
    """
    if not body.is_answered():
        raise no_answer()
    status = await record(db, Cast.of(body, user, links))
    if status == "duplicate":
        response.status_code = 200
    return BallotReceipt(id=body.id, status=status)


@router.post("/ballots:batch")
async def record_ballots(body: BatchIn, user: Facilitator, db: BallotTransaction, request: Request) -> BatchReceipt:
    """Take up to 500 ballots that a facilitator recorded in meetings; an item that cannot be taken harms no other."""
    language = preferred_language(request.headers.get("accept-language"))
    items = await record_batch(db, user, body.ballots, language)
    counts = Counter(item.status for item in items)
    return BatchReceipt(
        accepted=counts["accepted"],
        duplicate=counts["duplicate"],
        conflict=counts["conflict"],
        rejected=counts["rejected"],
        items=items,
    )


@router.get("/rounds/{round_id}/units/{unit_code}/ballot-link")
async def read_ballot_link(
    round_id: UUID, unit_code: UnitCode, user: LinkReader, db: Transaction, links: Links, request: Request
) -> BallotLink:
    """What to print as a unit's QR code; it can be printed before the round opens."""
    row = await get_round(db, round_id)
    unit = await find_unit(db, Unit, unit_code)
    if unit is None:
        problem = unit_unknown()
        raise NotFound("unit_not_found", en=problem.en, km=problem.km)
    if not row.includes(unit.area_code) or row.set_for(unit.kind) is None:
        raise NotFound(
            "unit_not_in_round",
            en="This unit does not take part in this round.",
            km="អង្គភាពនេះមិនចូលរួមក្នុងជុំវាយតម្លៃនេះទេ។",
        )
    must_cover_unit(user, unit)
    if row.state == "closed":
        raise Conflict("round_closed", en="This round is closed.", km="ជុំវាយតម្លៃនេះបានបិទហើយ។")
    token = links.token(row.id, unit.code)
    public_url = request.app.state.runtime.settings.public_url.rstrip("/")
    return BallotLink(ballot_token=token, url=f"{public_url}/api/scorecard/v1/ballot-forms/{token}")


@router.get("/ballot-forms/{ballot_token}")
async def read_ballot_form(ballot_token: str, db: Transaction, links: Links) -> BallotForm:
    """The questions of the unit whose QR code was scanned, while its scoring is open."""
    place = links.read(ballot_token)
    if place is None:
        problem = token_invalid()
        raise NotFound(problem.code, en=problem.en, km=problem.km)
    place = (place[0], (await find_present(db, [place])).get(place, place[1]))
    await refuse_scores(db, *place)
    card = await db.get_one(Scorecard, place)
    unit = (await units_of(db, [card.unit_code]))[card.unit_code]
    questions = await db.get_one(IndicatorSet, card.indicator_set_id)
    return BallotForm.model_validate(
        {
            "round_id": card.round_id,
            "unit": unit.model_dump() | {"code": card.unit_code, "kind": card.unit_kind, "area_code": card.area_code},
            "indicator_set_id": questions.id,
            "scale": questions.scale,
            "indicators": questions.indicators,
        }
    )
