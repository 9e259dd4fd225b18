"""Watching a round run: participation for everybody, scores so far for those who facilitate and review."""

from itertools import groupby
from typing import Annotated
from uuid import UUID

from fastapi import Depends

from services.scorecard.areas import Area
from services.scorecard.counting.models import AreaHistogram
from services.scorecard.indicators.models import IndicatorSet
from services.scorecard.participation.queries import count_late_people, read_histograms, read_levels, read_villages
from services.scorecard.participation.rules import turnout
from services.scorecard.participation.schemas import (
    Participation,
    RunningIndicator,
    RunningKind,
    RunningResults,
    UnitParticipation,
    VillageTurnout,
)
from services.scorecard.results.rules import mean_of, median_of
from services.scorecard.rounds.queries import get_round
from services.scorecard.rounds.schemas import RoundArea
from services.scorecard.scorecards.queries import get_scorecard
from shared.areas import UnitCode
from shared.auth.permissions import Permission
from shared.auth.user import MaybeUser, Requires, User
from shared.db import Transaction
from shared.registry_copy import must_be_areas
from shared.routing import Router

ScorecardReader = Annotated[User, Depends(Requires(Permission.SCORECARD_READ))]

router = Router(prefix="/rounds/{round_id}", tags=["participation"])


@router.get("/participation")
async def read_participation(round_id: UUID, user: MaybeUser, db: Transaction, area: RoundArea = "") -> Participation:
    """How many have taken part in an area so far, also while the round is open, and how far its scorecards are; with
    the areas one level down. Never what was scored. A second behind while scores come in.

    How many have a disability, are of an ethnic minority or hold an ID-Poor card is told to facilitators and reviewers
    alone: who watches the number when somebody they know scores would learn it of that person.
    """
    insider = user is not None and user.with_permission(Permission.SCORECARD_READ).covers(area)
    await get_round(db, round_id)
    await must_be_areas(db, Area, [area], pointer="query/area")
    rows = await read_levels(db, round_id, area)
    own = [row for row in rows if row.area_code == area]
    below = groupby((row for row in rows if row.area_code != area), lambda row: row.area_code)
    return Participation.model_validate(
        {
            **turnout(own, attributes=insider),
            "round_id": round_id,
            "area_code": area,
            "kinds": [{**turnout([row], attributes=insider), "unit_kind": row.unit_kind} for row in own],
            "areas": [{**turnout(list(parts)), "area_code": code} for code, parts in below],
        }
    )


@router.get("/units/{unit_code}/participation")
async def read_unit_participation(
    round_id: UUID, unit_code: UnitCode, user: ScorecardReader, db: Transaction
) -> UnitParticipation:
    """Who has taken part in scoring a unit so far, by village, and what came late; for facilitators and reviewers."""
    card = await get_scorecard(db, round_id, unit_code)
    user.must_cover(card.area_code, card.unit_code)
    scored_round = await get_round(db, round_id)
    villages = await read_villages(db, card)
    late_ballots, late_tallied = await count_late_people(db, card)
    return UnitParticipation(
        round_id=round_id,
        unit_code=card.unit_code,
        area_code=card.area_code,
        state=card.state,
        ballots=sum(village.ballots for village in villages),
        tally_participants=sum(village.tallied for village in villages),
        participants=sum(village.participants for village in villages),
        minimum_participation=scored_round.minimum_participation,
        late_ballots=late_ballots,
        late_tally_participants=late_tallied,
        villages=[
            VillageTurnout(
                village_code=village.village_code or None,
                ballots=village.ballots,
                tally_participants=village.tallied,
                participants=village.participants,
            )
            for village in villages
        ],
    )


@router.get("/running")
async def read_running_results(
    round_id: UUID, user: ScorecardReader, db: Transaction, area: RoundArea = ""
) -> RunningResults:
    """What an area's citizens have scored so far, for its facilitators and reviewers: numbers that are not final.

    A unit is in the sums as soon as enough people have scored it, an indicator as soon as enough have answered it.
    """
    user.must_cover(area)
    scored_round = await get_round(db, round_id)
    await must_be_areas(db, Area, [area], pointer="query/area")
    kinds = [
        running_kind(row, questions)
        for row in await read_histograms(db, round_id, area)
        if (questions := scored_round.set_for(row.unit_kind)) is not None
    ]
    return RunningResults(round_id=round_id, area_code=area, kinds=kinds)


def running_kind(row: AreaHistogram, questions: IndicatorSet) -> RunningKind:
    """The numbers of a kind's indicators."""
    steps = len(questions.scale)
    distributions = [row.counts[start : start + steps] for start in range(0, len(row.counts), steps)]
    return RunningKind(
        unit_kind=row.unit_kind,
        units_scored=row.units_scored,
        participants=row.ballots + row.tallied,
        indicators=[
            RunningIndicator(
                code=indicator["code"],
                label_km=indicator["label_km"],
                label_en=indicator["label_en"],
                n=sum(distribution),
                distribution=distribution,
                median=median_of(distribution),
                mean=mean_of(distribution),
            )
            for indicator, distribution in zip(questions.indicators, distributions, strict=True)
        ],
    )
