"""The base of this service's tables."""

from sqlalchemy.orm import registry
from sqlmodel import SQLModel

from shared.db import new_metadata


class Table(SQLModel, registry=registry(metadata=new_metadata())):
    """The base of this service's tables."""
