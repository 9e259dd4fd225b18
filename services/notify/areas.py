"""The copy of what this service needs from the registry."""

from services.notify.tables import Table
from shared.registry_copy import AreaCopy


class Area(AreaCopy, Table, table=True):
    """An area that a subscription can be for, and that messages name."""
