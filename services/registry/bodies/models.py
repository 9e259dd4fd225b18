"""Bodies and their members, each for a time; whoever was there before stays on record."""

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Text, text
from sqlmodel import Field

from services.registry.body_kinds.models import BodyLevel
from services.registry.focal_persons.models import Sex
from services.registry.tables import Table
from shared.errors import Conflict, Invalid


class Body(Table, table=True):
    """A body that somebody has recognised, such as the JAAP committee of a commune.

    It goes where its area goes, and ends with it. One body of a kind is active in an area at a time.
    """

    __table_args__ = (
        Index(
            "uq_body_active",
            "kind",
            "area_id",
            unique=True,
            postgresql_where=text("dissolved_on IS NULL"),
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_body_area_code_id", "area_code", "id"),
        Index("ix_body_area_id", "area_id"),
        CheckConstraint("(level = 'nation') = (area_id IS NULL)", name="nation_has_no_area"),
        CheckConstraint("dissolved_on >= recognised_on", name="dissolved_after_recognised"),
    )

    id: UUID = Field(default=None, primary_key=True, sa_column_kwargs={"server_default": text("uuidv7()")})
    kind: str = Field(foreign_key="body_kind.code", sa_type=Text)
    level: BodyLevel = Field(sa_type=Text)
    area_id: UUID | None = Field(default=None, foreign_key="area.id")
    area_code: str = Field(sa_type=Text)
    """The area's code of today; "" for the nation."""
    name_km: str | None = Field(default=None, sa_type=Text)
    """None: it is called by its kind and its area."""
    name_en: str | None = Field(default=None, sa_type=Text)
    recognised_by: str = Field(sa_type=Text)
    recognised_on: date
    dissolved_on: date | None = None
    """The first day on which it is there no more."""
    dissolution_reason: str | None = Field(default=None, sa_type=Text)
    version: int = 1

    def must_be_active(self) -> None:
        """Raise Conflict when the body has been dissolved."""
        if self.dissolved_on is not None:
            raise Conflict(
                "body_dissolved",
                en=f"This body was dissolved on {self.dissolved_on}.",
                km=f"គណៈកម្មាធិការ ឬក្រុមការងារនេះត្រូវបានរំលាយតាំងពីថ្ងៃទី {self.dissolved_on}។",
            )

    def must_be_there(self, day: date, pointer: str) -> None:
        """Raise Invalid unless the body had been recognised, and not yet dissolved, on a day."""
        if day < self.recognised_on:
            raise Invalid.field(
                pointer,
                "before_recognition",
                en=f"The body was recognised on {self.recognised_on}: the day cannot lie before.",
                km=f"គណៈកម្មាធិការ ឬក្រុមការងារនេះត្រូវបានទទួលស្គាល់នៅថ្ងៃទី {self.recognised_on}៖ កាលបរិច្ឆេទមិនអាចមុនថ្ងៃនោះទេ។",
            )
        if self.dissolved_on is not None and day >= self.dissolved_on:
            raise Invalid.field(
                pointer,
                "after_dissolution",
                en=f"The body was dissolved on {self.dissolved_on}: the day must lie before.",
                km=f"គណៈកម្មាធិការ ឬក្រុមការងារនេះត្រូវបានរំលាយនៅថ្ងៃទី {self.dissolved_on}៖ កាលបរិច្ឆេទត្រូវតែមុនថ្ងៃនោះ។",
            )

    def dissolve(self, day: date, reason: str) -> None:
        """End the body. Raises Conflict when it has ended, Invalid for a day before its recognition."""
        self.must_be_active()
        self.must_be_there(day, "/dissolved_on")
        self.dissolved_on, self.dissolution_reason = day, reason
        self.version += 1

    def restore(self) -> None:
        """Take a dissolution back. Raises Conflict when there is none."""
        if self.dissolved_on is None:
            raise Conflict("body_active", en="This body is active.", km="គណៈកម្មាធិការ ឬក្រុមការងារនេះកំពុងដំណើរការធម្មតា។")
        self.dissolved_on = self.dissolution_reason = None
        self.version += 1


class BodyMember(Table, table=True):
    """Somebody who sits, or sat, in a body: personal data, for those who work with the body."""

    __tablename__ = "body_member"
    __table_args__ = (
        Index("ix_body_member_body_id_id", "body_id", "id"),
        Index("ix_body_member_organisation_id", "organisation_id"),
        CheckConstraint("term_until >= term_from", name="term"),
        CheckConstraint("left_on >= term_from", name="left_after_term_from"),
    )

    id: UUID = Field(default=None, primary_key=True, sa_column_kwargs={"server_default": text("uuidv7()")})
    body_id: UUID = Field(foreign_key="body.id")
    name: str = Field(sa_type=Text)
    sex: Sex = Field(sa_type=Text)
    position: str = Field(sa_type=Text)
    organisation_id: UUID | None = Field(default=None, foreign_key="organisation.id")
    """The organisation that the member sits there for, where the registry knows it."""
    organisation: str | None = Field(default=None, sa_type=Text)
    """Its name as it was said, or a unit's."""
    phone: str | None = Field(default=None, sa_type=Text)
    account_id: UUID | None = Field(default=None, foreign_key="account.id")
    term_from: date
    term_until: date | None = None
    """The last day of the term; who stays longer without a new one is shown as such."""
    left_on: date | None = None
    """The first day on which the member sits there no more."""
    leaving_reason: str | None = Field(default=None, sa_type=Text)
    version: int = 1

    def must_sit(self) -> None:
        """Raise Conflict when the member has left."""
        if self.left_on is not None:
            raise Conflict("member_left", en="This member has left the body.", km="សមាជិកនេះបានចាកចេញហើយ។")

    def leave(self, day: date, reason: str | None) -> None:
        """Let the member sit there no more. Raises Conflict when gone already, Invalid before the term began."""
        self.must_sit()
        if day < self.term_from:
            raise Invalid.field(
                "/left_on",
                "before_the_begin",
                en=f"The term began on {self.term_from}: the day cannot lie before.",
                km=f"អាណត្តិបានចាប់ផ្ដើមនៅថ្ងៃទី {self.term_from}៖ កាលបរិច្ឆេទមិនអាចមុនថ្ងៃនោះទេ។",
            )
        self.left_on, self.leaving_reason = day, reason
        self.version += 1
