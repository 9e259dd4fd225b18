"""The jaap service: joint accountability action plans."""

from services.jaap.actions import routes as actions
from services.jaap.actions import steps
from services.jaap.consumers import consumers
from services.jaap.funding import routes as funding
from services.jaap.plans import routes as plans
from shared.app import create_app

app = create_app(
    "jaap",
    title="JAAP",
    description="Joint accountability action plans: a commune's agenda of weak indicators, the actions agreed on, "
    "their path to done or dropped, and what they ask money for.",
    routers=[plans.router, actions.router, steps.router, funding.router],
    consumers=consumers,
)
