"""Alembic's entry for this service."""

from services.budget.allocations import models as _allocations  # noqa: F401 - completes the metadata
from services.budget.areas import Area as _Area  # noqa: F401 - completes the metadata
from services.budget.estimates import models as _estimates  # noqa: F401 - completes the metadata
from services.budget.fiscal_years import models as _fiscal_years  # noqa: F401 - completes the metadata
from services.budget.fund_sources import models as _fund_sources  # noqa: F401 - completes the metadata
from services.budget.tables import Table
from shared.migrations import run_env

run_env(Table.metadata)
