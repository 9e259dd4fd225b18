"""The scorecard service."""

from services.scorecard.ballots.form_routes import router as ballot_forms
from services.scorecard.ballots.routes import router as ballots
from services.scorecard.change_requests.routes import router as change_requests
from services.scorecard.comments.routes import router as comments
from services.scorecard.comparison.routes import router as comparison
from services.scorecard.consumers import consumers
from services.scorecard.counting.routes import router as counting
from services.scorecard.counting.worker import count
from services.scorecard.exports.routes import router as exports
from services.scorecard.flags.routes import router as flags
from services.scorecard.flags.worker import flag_networks
from services.scorecard.history.routes import router as history
from services.scorecard.indicators.routes import router as indicators
from services.scorecard.meetings.routes import router as meetings
from services.scorecard.participation.routes import router as participation
from services.scorecard.plans.routes import router as plans
from services.scorecard.proposals.routes import router as proposals
from services.scorecard.records.routes import router as records
from services.scorecard.results.compiling import compile_closed_rounds
from services.scorecard.results.routes import router as results
from services.scorecard.rounds.routes import router as rounds
from services.scorecard.rounds.worker import keep_schedule
from services.scorecard.scorecards.routes import router as scorecards
from services.scorecard.scorecards.worker import complete_idle_reviews
from services.scorecard.self_assessments.routes import router as self_assessments
from services.scorecard.tallies.routes import router as tallies
from shared.app import create_app

app = create_app(
    "scorecard",
    title="ISAF scorecard",
    description="Citizens and staff score public services; results are published per unit and rolled up to the nation.",
    routers=[
        ballots,
        indicators,
        rounds,
        ballot_forms,
        tallies,
        meetings,
        proposals,
        self_assessments,
        scorecards,
        plans,
        change_requests,
        results,
        participation,
        counting,
        history,
        comparison,
        exports,
        comments,
        records,
        flags,
    ],
    consumers=consumers,
    workers=(
        count,
        keep_schedule,
        complete_idle_reviews,
        compile_closed_rounds,
        flag_networks,
    ),
)
