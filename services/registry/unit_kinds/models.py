"""A kind of service unit, and how the codes of its units are made."""

from sqlalchemy import Text
from sqlmodel import Field

from services.registry.tables import Table
from shared.areas import Level
from shared.errors import Conflict

HIGHEST_NUMBER = 999


class Kind(Table, table=True):
    """A kind of service unit, such as health centre.

    Its units are coded `CA-020201`, or `HC-020201-1` where an area can have several. Where an area has one at a time,
    a later one gets a number from 2 on, as the plain code stays with the first for ever.
    """

    __tablename__ = "unit_kind"

    code: str = Field(primary_key=True, sa_type=Text)
    prefix: str = Field(unique=True, sa_type=Text)
    name_km: str = Field(sa_type=Text)
    name_en: str = Field(sa_type=Text)
    level: Level = Field(sa_type=Text)
    numbered: bool
    """Whether an area can have several; otherwise it has one at a time."""
    has_catchment: bool
    """Whether its units serve other areas of their level beside their own."""
    active: bool = True
    """Whether new units of the kind may be registered."""
    version: int = 1

    def unit_code(self, area_code: str, number: int) -> str:
        """The code of this kind's unit of a number in an area."""
        plain = f"{self.prefix}-{area_code}"
        return plain if number == 1 and not self.numbered else f"{plain}-{number}"

    def number_of(self, area_code: str, code: str) -> int:
        """The number that a code gives its unit in an area. Raises ValueError when it is none of this kind there."""
        number = 1 if code == self.unit_code(area_code, 1) else int(code.rpartition("-")[2])
        if not 1 <= number <= HIGHEST_NUMBER or code != self.unit_code(area_code, number):
            raise ValueError(code)
        return number

    def must_be_active(self) -> None:
        """Raise Conflict when no new units of the kind may be registered."""
        if not self.active:
            raise Conflict(
                "unit_kind_inactive",
                en=f"{self.name_en} is no longer used for new service units.",
                km=f"ប្រភេទ «{self.name_km}» លែងប្រើសម្រាប់អង្គភាពផ្តល់សេវាថ្មីទៀតហើយ។",
            )
