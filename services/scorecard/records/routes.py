"""What a phone calls when it has signal again."""

from collections import Counter
from typing import Annotated

from fastapi import Depends, Request

from services.scorecard.records.held import find_held
from services.scorecard.records.schemas import HeldIn, HeldRead, SyncIn, SyncReceipt
from services.scorecard.records.sync import take
from shared.auth.permissions import Permission
from shared.auth.user import Requires, User
from shared.db import Transaction, running_database
from shared.language import preferred_language
from shared.routing import Router

Facilitator = Annotated[User, Depends(Requires(Permission.BALLOT_RECORD))]

router = Router(tags=["records"])


@router.post("/records:sync")
async def sync_records(body: SyncIn, user: Facilitator, request: Request) -> SyncReceipt:
    """Take up to 500 records made over days, in any order and as often as they are sent.

    One that cannot be taken harms no other. What is stored when the answer leaves stays stored: a phone forgets what
    was accepted or is a duplicate, shows its facilitator what was rejected, and sends again what got no answer.
    """
    language = preferred_language(request.headers.get("accept-language"))
    items = await take(running_database(request), user, body.records, language, request.is_disconnected)
    counts = Counter(item.status for item in items)
    return SyncReceipt(
        accepted=counts["accepted"],
        duplicate=counts["duplicate"],
        conflict=counts["conflict"],
        rejected=counts["rejected"],
        late=sum(item.code == "late" for item in items),
        items=items,
    )


@router.post("/records:held")
async def list_held_records(body: HeldIn, user: Facilitator, db: Transaction) -> HeldRead:
    """Tell a phone which of its records are held, of what kind and whether they count; nothing of their content."""
    held = await find_held(db, body.ids)
    known = {record.id for record in held}
    return HeldRead(held=held, missing=[one for one in dict.fromkeys(body.ids) if one not in known])
