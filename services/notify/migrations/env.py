"""Alembic's entry for the schema notify."""

from services.notify.areas import Area
from services.notify.deliveries import models as deliveries
from services.notify.inbox import models as inbox
from services.notify.subscriptions import models as subscriptions
from services.notify.tables import Table
from shared.migrations import run_env

MODELS = (Area, subscriptions, deliveries, inbox)

run_env(Table.metadata)
