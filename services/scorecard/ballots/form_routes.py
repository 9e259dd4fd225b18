"""What is printed at a unit, and what a phone reads that has scanned it."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.scorecard.areas import must_cover_unit, units_of
from services.scorecard.ballots.links import LAST_VERSION, Links, Scanned, token_invalid, token_replaced
from services.scorecard.ballots.schemas import BallotForm, BallotLink
from services.scorecard.counting.groups import AGE_GROUPS, ATTRIBUTES, SEXES
from services.scorecard.indicators.models import IndicatorSet
from services.scorecard.rounds.queries import get_round
from services.scorecard.scorecards.following import find_present
from services.scorecard.scorecards.models import Scorecard
from services.scorecard.scorecards.queries import get_scorecard, get_unit, refuse_scores
from services.scorecard.scorecards.refusals import unit_not_in_round
from shared.areas import UnitCode
from shared.auth.permissions import Permission
from shared.auth.user import Requires, User
from shared.db import Transaction
from shared.errors import Conflict, NotFound
from shared.routing import Router

LinkReader = Annotated[User, Depends(Requires(Permission.BALLOT_LINK_READ))]
LinkRenewer = Annotated[User, Depends(Requires(Permission.BALLOT_LINK_RENEW))]
KEPT_SECONDS = 60
TAGS: list[dict[str, Any]] = [
    {"field": "sex", "values": SEXES},
    {"field": "age_group", "values": AGE_GROUPS},
    *({"field": attribute, "values": [True, False, None]} for attribute in ATTRIBUTES),
]

router = Router(tags=["ballots"])


@router.get("/rounds/{round_id}/units/{unit_code}/ballot-link")
async def read_ballot_link(
    round_id: UUID, unit_code: UnitCode, user: LinkReader, db: Transaction, links: Links, request: Request
) -> BallotLink:
    """What to print as a unit's QR code; it can be printed before the round opens."""
    row = await get_round(db, round_id)
    unit = await get_unit(db, unit_code)
    if not row.includes(unit.area_code) or row.set_for(unit.kind) is None:
        problem = unit_not_in_round()
        raise NotFound(problem.code, en=problem.en, km=problem.km)
    if not any(user.with_permission(Permission.BALLOT_RECORD).covers(served) for served in unit.catchment):
        must_cover_unit(user, unit)
    if row.state == "closed":
        raise Conflict("round_closed", en="This round is closed.", km="ជុំវាយតម្លៃនេះបានបិទហើយ។")
    card = await db.get(Scorecard, (row.id, unit.code))
    return _link(links, request, Scanned(row.id, unit.code, card.link_version if card else 1))


@router.post("/rounds/{round_id}/units/{unit_code}/ballot-link:renew")
async def renew_ballot_link(
    round_id: UUID, unit_code: UnitCode, user: LinkRenewer, db: Transaction, links: Links, request: Request
) -> BallotLink:
    """Make all printed QR codes of a unit worthless, such as after one was spread on the net, and give a new one."""
    card = await get_scorecard(db, round_id, unit_code, lock=True)
    user.must_cover(card.area_code)
    if card.link_version == LAST_VERSION:
        raise Conflict(
            "link_renewed_too_often",
            en="This unit's link was renewed too often in this round.",
            km="តំណរបស់អង្គភាពនេះត្រូវបានប្ដូរញឹកញាប់ពេកក្នុងជុំនេះ។",
        )
    card.renew_link()
    await db.flush()
    return _link(links, request, Scanned(card.round_id, card.unit_code, card.link_version))


@router.get("/ballot-forms/{ballot_token}")
async def read_ballot_form(ballot_token: str, db: Transaction, links: Links, response: Response) -> BallotForm:
    """All that a phone needs to score the unit whose QR code was scanned, while its scoring is open."""
    scanned = links.read(ballot_token)
    if scanned is None:
        problem = token_invalid()
        raise NotFound(problem.code, en=problem.en, km=problem.km)
    card = await _get_open_card(db, scanned)
    row = await get_round(db, card.round_id)
    unit = (await units_of(db, [card.unit_code]))[card.unit_code]
    questions = await db.get_one(IndicatorSet, card.indicator_set_id)
    response.headers["Cache-Control"] = f"public, max-age={KEPT_SECONDS}"
    return BallotForm.model_validate(
        {
            "round_id": card.round_id,
            "unit": unit.model_dump() | {"code": card.unit_code, "kind": card.unit_kind, "area_code": card.area_code},
            "indicator_set_id": questions.id,
            "scale": questions.scale,
            "satisfied_from": questions.satisfied_from,
            "indicators": questions.indicators,
            "own_indicators": card.own_indicators,
            "tags": TAGS,
            "closes_at": row.scoring_closes_at,
            "phone_repeat": row.phone_repeat,
        }
    )


async def _get_open_card(db: AsyncSession, scanned: Scanned) -> Scorecard:
    """The scorecard that the token leads to, also from an old code. Raises why it takes no phone's scores."""
    place = (scanned.round_id, scanned.unit_code)
    place = (place[0], (await find_present(db, [place])).get(place, place[1]))
    await refuse_scores(db, *place, by_phone=True)
    card = await db.get_one(Scorecard, place)
    if scanned.version < card.link_version:
        raise token_replaced()
    return card


def _link(links: Links, request: Request, place: Scanned) -> BallotLink:
    token = links.token(*place)
    public_url = request.app.state.runtime.settings.public_url.rstrip("/")
    url = f"{public_url}/ballot#{token}"
    return BallotLink(ballot_token=token, url=url, version=place.version)
