"""The copy of what this service needs from the registry."""

from services.jaap.tables import Table
from shared.registry_copy import UnitCopy


class Unit(UnitCopy, Table, table=True):
    """A service unit that an action can be for."""
