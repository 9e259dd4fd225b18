"""Alembic's environment of the scorecard service."""

from services.scorecard.areas import Area, Unit
from services.scorecard.ballots.models import Ballot, BallotWithdrawal
from services.scorecard.change_requests.models import ScorecardRequest
from services.scorecard.comments.models import Comment, CommentSender
from services.scorecard.counting.models import (
    AreaHistogram,
    AreaProgress,
    RoundChange,
    Uncountable,
    Uncounted,
    UnitHistogram,
)
from services.scorecard.flags.models import Flag
from services.scorecard.history.models import AreaSuccession
from services.scorecard.indicators.models import IndicatorSet
from services.scorecard.meetings.models import Meeting
from services.scorecard.proposals.models import Proposal
from services.scorecard.results.models import AreaResult, Result, ResultCount
from services.scorecard.rounds.models import PhoneKey, Round, RoundIndicatorSet
from services.scorecard.scorecards.models import Scorecard
from services.scorecard.scorecards.steps import ScorecardStep
from services.scorecard.scorecards.villages import VillageScorecard
from services.scorecard.self_assessments.models import SelfAssessment, SelfAssessmentVersion
from services.scorecard.tables import Table
from services.scorecard.tallies.models import Tally, TallyGroup
from shared.migrations import run_env

TABLES = (
    Area,
    AreaHistogram,
    AreaProgress,
    AreaSuccession,
    AreaResult,
    Ballot,
    BallotWithdrawal,
    Comment,
    CommentSender,
    Flag,
    IndicatorSet,
    Meeting,
    PhoneKey,
    Proposal,
    Result,
    ResultCount,
    Round,
    RoundChange,
    RoundIndicatorSet,
    Scorecard,
    ScorecardRequest,
    ScorecardStep,
    SelfAssessment,
    SelfAssessmentVersion,
    Tally,
    TallyGroup,
    Uncountable,
    Uncounted,
    Unit,
    UnitHistogram,
    VillageScorecard,
)
"""Imported so that the metadata is complete."""

run_env(Table.metadata)
