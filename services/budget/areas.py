"""The copy of the registry's areas: names, levels, and how many administrations there are."""

from services.budget.tables import Table
from shared.registry_copy import AreaCopy


class Area(AreaCopy, Table, table=True):
    """An area as the registry last told it."""
