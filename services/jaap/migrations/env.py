"""Alembic's entry for this service."""

from services.jaap import areas
from services.jaap.actions import models as actions
from services.jaap.funding import models as funding
from services.jaap.plans import models as plans
from services.jaap.tables import Table
from shared.migrations import run_env

MODELS = (areas, plans, actions, funding)

run_env(Table.metadata)
