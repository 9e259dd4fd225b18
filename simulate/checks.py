"""The closing check: what the API says of the year must be what was done, to the ballot and to the riel."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from simulate import (
    bodies,
    checks_messages,
    checks_places,
    checks_plans,
    checks_scoring,
    facilitators,
    information,
    posters,
)
from simulate.client import POLL, GaveUp, Refused
from simulate.findings import Finding
from simulate.year import Year

Look = Callable[[Year], Awaitable[Finding]]

LONGEST_PAUSE = 1.0
PATIENCE = 90.0
"""How long a figure may lag behind: roll-ups follow a timer, events and webhooks arrive a little later."""


@dataclass(frozen=True, slots=True)
class Check:
    """One named line of the closing check."""

    name: str
    ok: bool
    detail: str
    seconds: float


CHECKS: dict[str, Look] = {
    "Everybody who takes part is covered": checks_places.coverage,
    "The partner's support is told": checks_places.support,
    "Facilitators counted where they serve": facilitators.report,
    "Trainings name whom they trained": facilitators.trainings,
    "A record is seen by those who must": facilitators.privacy,
    "Packs say what units told": information.packs,
    "Phones learn which packs there are": information.feed,
    "Citizens read them on a page": information.pages,
    "A pack is a poster to print": posters.printed,
    "Posters hang, and the missing one is named": posters.report,
    "Every respondent counted": checks_scoring.respondents,
    "Every ballot counted once": checks_scoring.ballots,
    "Results as scored, unit by unit": checks_scoring.units,
    "Groups as they scored, none of them small": checks_scoring.groups,
    "Roll-ups from commune to nation": checks_scoring.roll_ups,
    "Every meeting recorded with who came": checks_scoring.meetings,
    "Meetings held, late and missed, body by body": bodies.duties,
    "Who missed a meeting is named": bodies.missed,
    "Every published unit on its commune's agenda": checks_plans.agendas,
    "Actions where they were led": checks_plans.actions,
    "Envelope = allocated + available": checks_plans.envelopes,
    "Requests and actions hold what was allocated": checks_plans.requests,
    "Dropped actions gave their money back": checks_plans.dropped,
    "Summaries add up": checks_plans.summaries,
    "Operating estimate": checks_plans.estimate,
    "What must be refused was refused": checks_plans.refusals,
    "Every due webhook arrived, once per event": checks_messages.webhooks,
    "Every webhook's signature held": checks_messages.signatures,
    "Committees and officers have their messages": checks_messages.inboxes,
    "An officer's live stream missed nothing": checks_messages.live_stream,
    "Nothing stuck between the services": checks_messages.queues,
}


async def check_books(year: Year, patience: float = PATIENCE) -> list[Check]:
    """All checks, each looked at again until it holds or its time is up."""
    return list(await asyncio.gather(*(_settle(name, look, year, patience) for name, look in CHECKS.items())))


async def _settle(name: str, look: Look, year: Year, patience: float) -> Check:
    began = time.monotonic()
    pause = POLL
    while True:
        try:
            ok, detail = await look(year)
        except (Refused, GaveUp, KeyError, TypeError, ValueError) as error:
            ok, detail = False, f"{type(error).__name__}: {error}"
        passed = time.monotonic() - began
        if ok or passed > patience:
            return Check(name, ok, detail, round(passed, 3))
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)
