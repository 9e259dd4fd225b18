"""Taking ballots, and taking back those of a meeting."""

import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request, Response
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from services.scorecard.ballots.batches import readable_id, record_batch
from services.scorecard.ballots.casts import Cast
from services.scorecard.ballots.links import Links, ballot_links
from services.scorecard.ballots.schemas import (
    BallotIn,
    BallotReceipt,
    BatchIn,
    BatchReceipt,
    GoodBatch,
    WithdrawalIn,
    WithdrawnBallot,
)
from services.scorecard.ballots.singles import record
from services.scorecard.ballots.withdrawals import withdraw
from services.scorecard.flags.network import note_phone_ballot
from shared.auth.permissions import Permission
from shared.auth.user import MaybeUser, Requires, User, api_key, bearer, maybe_user
from shared.db import Transaction, running_database
from shared.language import preferred_language
from shared.routing import Route, Router

Facilitator = Annotated[User, Depends(Requires(Permission.BALLOT_RECORD))]

router = Router(tags=["ballots"])


async def ballot_transaction(request: Request) -> AsyncIterator[AsyncSession]:
    """A transaction without Idempotency-Key: a ballot's own id does its work, and the key's stored fingerprint of the
    request would let the phone's id be found by trying.
    """
    async with running_database(request).transaction() as session:
        yield session


BallotTransaction = Annotated[AsyncSession, Depends(ballot_transaction, scope="function")]


class BallotRoute(Route):
    """Calls the endpoint without FastAPI's resolving of what it needs, which takes longer than the ballot itself.

    Whatever cannot be read goes the usual way, to be refused in the usual words.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Read body and caller to the same effect as the endpoint's signature says."""
        usual = super().get_route_handler()

        async def handle(request: Request) -> Response:
            if request.headers.get("content-type") != "application/json":
                return await usual(request)
            try:
                body = BallotIn.model_validate_json(await request.body())
            except ValidationError:
                return await usual(request)
            user = await maybe_user(request, await bearer(request), await api_key(request))
            return await record_ballot(body, user, await ballot_links(request), request)

        return handle


async def record_ballot(body: BallotIn, user: MaybeUser, links: Links, request: Request) -> Response:
    """Take one ballot: from a phone with the unit's token, or from a facilitator of the unit's area at a meeting.

    Sending the same ballot again answers 200 and changes nothing; nothing of the sender is kept. A facilitator's that
    comes after scoring of the unit has ended is kept as late and not counted.
    """
    cast = Cast.of(body, user, links)
    outcome = await record(running_database(request), cast)
    if outcome.status == "accepted" and cast.facilitator is None:
        note_phone_ballot(request.scope["headers"], body.round_id, body.unit_code)
    return answer(outcome.receipt(body.id), 200 if outcome.status == "duplicate" else 201)


router.add_api_route(
    "/ballots",
    record_ballot,
    methods=["POST"],
    status_code=201,
    response_model=BallotReceipt,
    responses={200: {"model": BallotReceipt, "description": "This ballot was stored before"}},
    route_class_override=BallotRoute,
)


class BatchRequest(Request):
    """Reads a batch of which all items can be read straight from its bytes, in half the time."""

    async def json(self) -> Any:
        """The body, of ballots in place of items where all are."""
        try:
            return dict(GoodBatch.model_validate_json(await self.body()))
        except ValidationError:
            return await super().json()


class BatchRoute(Route):
    """Hands its endpoint what a BatchRequest reads."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's handler, which reads from the request that it is given."""
        usual = super().get_route_handler()

        async def handle(request: Request) -> Response:
            return await usual(BatchRequest(request.scope, request.receive))

        return handle


async def record_ballots(body: BatchIn, user: Facilitator, request: Request) -> Response:
    """Take up to 500 ballots that a facilitator recorded in meetings; an item that cannot be taken harms no other."""
    language = preferred_language(request.headers.get("accept-language"))
    outcomes = await record_batch(running_database(request), user, body.ballots)
    counts = Counter(outcome.status for outcome in outcomes)
    items = [outcome.item(readable_id(item), language) for outcome, item in zip(outcomes, body.ballots, strict=True)]
    numbers = {status: counts[status] for status in ("accepted", "duplicate", "conflict", "rejected")}
    return answer(numbers | {"items": items}, 200)


router.add_api_route(
    "/ballots:batch",
    record_ballots,
    methods=["POST"],
    response_model=BatchReceipt,
    route_class_override=BatchRoute,
)


def answer(content: object, status_code: int) -> Response:
    """JSON as it is, without a model in between: the shape is that of the route's response model."""
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return Response(body, status_code, media_type="application/json")


@router.post("/ballots/{ballot_id}:withdraw")
async def withdraw_ballot(ballot_id: UUID, body: WithdrawalIn, user: Facilitator, db: Transaction) -> WithdrawnBallot:
    """Take back a ballot that was recorded by mistake in a meeting, while the unit is scored: it counts no more.

    It stays known, so that a phone which sends it again hears that it was withdrawn.
    """
    return await withdraw(db, ballot_id, body.reason, user)
