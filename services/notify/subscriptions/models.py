"""A partner's standing order for events."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import DateTime, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from services.notify.tables import Table
from shared.auth.permissions import Role
from shared.auth.user import User
from shared.errors import Conflict, NotFound

MAXIMUM_PER_ACCOUNT = 20
SECRET_OVERLAP = timedelta(hours=24)
"""How long the replaced secret still signs beside the new one, so that a receiver can change over without a gap."""


class Subscription(Table, table=True):
    """Events of some types in an area, to be sent to a URL and signed with a secret that is stored sealed."""

    id: UUID | None = Field(default=None, primary_key=True, sa_column_kwargs={"server_default": text("uuidv7()")})
    account_id: UUID
    url: str = Field(sa_type=Text)
    event_types: list[str] = Field(sa_type=ARRAY(Text))
    area_code: str = Field(sa_type=Text)
    description: str | None = Field(default=None, sa_type=Text)
    active: bool = True
    deactivated_reason: str | None = Field(default=None, sa_type=Text)
    secret: bytes = Field(sa_type=LargeBinary)
    previous_secret: bytes | None = Field(default=None, sa_type=LargeBinary)
    previous_secret_until: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    version: int = 1
    created_at: datetime = Field(default_factory=lambda: datetime.now(UTC), sa_type=DateTime(timezone=True))

    def is_reachable_by(self, user: User) -> bool:
        """Whether the caller owns it or is an operator of its area; others learn nothing of it."""
        return self.account_id == user.id or operates(user, self.area_code)

    def must_be_active(self) -> None:
        """Raise Conflict when nothing is sent for it just now."""
        if not self.active:
            raise Conflict(
                "subscription_inactive",
                en="The subscription is switched off. Switch it on, then send the event again.",
                km="ការជាវនេះត្រូវបានបិទ។ សូមបើកវាជាមុនសិន រួចផ្ញើព្រឹត្តិការណ៍ម្ដងទៀត។",
            )

    def change(
        self, *, url: str | None, event_types: list[str] | None, description: str | None, active: bool | None
    ) -> None:
        """Take over what is given; None leaves a field as it is."""
        self.url = self.url if url is None else url
        self.event_types = self.event_types if event_types is None else event_types
        self.description = self.description if description is None else description
        if active is not None:
            self.active, self.deactivated_reason = active, None if active else "owner"
        self.version += 1

    def rotate_secret(self, secret: bytes, now: datetime) -> None:
        """Sign with a new secret, and with the old one for a day more."""
        self.previous_secret, self.previous_secret_until = self.secret, now + SECRET_OVERLAP
        self.secret = secret
        self.version += 1


def operates(user: User, area_code: str) -> bool:
    """Whether the caller is an operator of the area."""
    return any(grant.role == Role.OPERATOR and grant.covers(area_code) for grant in user.grants)


def subscription_not_found() -> NotFound:
    """The refusal of an id that is not the caller's."""
    return NotFound(
        "subscription_not_found", en="You have no subscription with this id.", km="អ្នកមិនមានការជាវដែលមានលេខសម្គាល់នេះទេ។"
    )
