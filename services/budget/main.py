"""The budget service."""

from services.budget.allocations import routes as allocations
from services.budget.consumers import consumers
from services.budget.envelopes import routes as envelopes
from services.budget.estimates import routes as estimates
from services.budget.fiscal_years import routes as fiscal_years
from services.budget.fund_sources import routes as fund_sources
from services.budget.requests import routes as requests
from services.budget.summary import routes as summary
from shared.app import create_app

FEATURES = (fiscal_years, fund_sources, envelopes, requests, allocations, summary, estimates)

app = create_app(
    "budget",
    title="Budget",
    description="The money behind the action plans: envelopes of each body, what actions ask for, what they are given, "
    "and the yearly operating estimate. All amounts are whole riel.",
    routers=[feature.router for feature in FEATURES],
    consumers=consumers,
)
