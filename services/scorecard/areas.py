"""This service's copy of the registry's areas and units."""

from services.scorecard.tables import Table
from shared.registry_copy import AreaCopy, UnitCopy


class Area(AreaCopy, Table, table=True):
    """An area as the registry last told."""


class Unit(UnitCopy, Table, table=True):
    """A service unit as the registry last told."""
