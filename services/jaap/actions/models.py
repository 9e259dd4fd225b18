"""Actions, with the rules of their path."""

from datetime import UTC, date, datetime, timedelta, timezone
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, Text, UniqueConstraint, text
from sqlmodel import Field, Relationship

from services.jaap.actions.path import KHMER, Resources, next_steps, not_now
from services.jaap.funding.models import FundingRequest
from services.jaap.tables import Table
from shared.errors import Conflict, FieldError, Invalid
from shared.events.jaap import ActionChanged, ActionStatus

PHNOM_PENH = timezone(timedelta(hours=7))
MAKES_ID = {"server_default": text("uuidv7()")}

ENDS_BEFORE_START = FieldError(
    "/ends_on", "ends_before_start", en="It ends before it starts.", km="កាលបរិច្ឆេទបញ្ចប់មុនកាលបរិច្ឆេទចាប់ផ្ដើម។"
)
MORE_THAN_TOTAL = FieldError(
    "/beneficiaries_female",
    "more_than_total",
    en="More women than beneficiaries in total.",
    km="ចំនួនស្រីច្រើនជាងចំនួនអ្នកទទួលផលសរុប។",
)
COST_REQUIRED = FieldError(
    "/cost",
    "cost_required",
    en="An action that needs outside resources has a cost; without one its resources are its own.",
    km="សកម្មភាពដែលត្រូវការធនធានខាងក្រៅត្រូវមានតម្លៃប៉ាន់ស្មាន។",
)


class ProgressReport(Table, table=True):
    """How far an action has come, as somebody saw it on a day; a later report may show less than an earlier one."""

    __tablename__ = "progress_report"

    id: UUID = Field(default=None, primary_key=True, sa_column_kwargs=MAKES_ID)
    action_id: UUID = Field(default=None, foreign_key="action.id")
    percent: int
    note: str = Field(sa_type=Text)
    reported_on: date
    reported_by: UUID


class Action(Table, table=True):
    """A line of the plan's form, and where it stands."""

    __table_args__ = (UniqueConstraint("area_code", "year", "number"), UniqueConstraint("plan_id", "number"))

    id: UUID = Field(default=None, primary_key=True, sa_column_kwargs=MAKES_ID)
    plan_id: UUID = Field(foreign_key="plan.id")
    year: int
    area_code: str = Field(sa_type=Text)
    number: int
    unit_code: str | None = Field(default=None, sa_type=Text)
    agenda_item_id: UUID | None = Field(default=None, foreign_key="agenda_item.id")
    title_km: str = Field(sa_type=Text)
    title_en: str | None = Field(default=None, sa_type=Text)
    proposer: str = Field(sa_type=Text)
    target: str | None = Field(default=None, sa_type=Text)
    location: str = Field(sa_type=Text)
    quantity: float | None = None
    quantity_unit: str | None = Field(default=None, sa_type=Text)
    starts_on: date
    ends_on: date
    beneficiaries_total: int
    beneficiaries_female: int
    cost: int = Field(sa_type=BigInteger)
    implementer: str = Field(sa_type=Text)
    collaborators: str | None = Field(default=None, sa_type=Text)
    resources: Resources = Field(sa_type=Text)
    status: ActionStatus = Field(default="proposed", sa_type=Text)
    requested_amount: int = Field(default=0, sa_type=BigInteger)
    funded_amount: int = Field(default=0, sa_type=BigInteger)
    drop_reason: str | None = Field(default=None, sa_type=Text)
    proposed_by: UUID
    proposed_at: datetime = Field(default_factory=lambda: datetime.now(UTC), sa_type=DateTime(timezone=True))
    fingerprint: bytes
    version: int = 1
    progress: list[ProgressReport] = Relationship(sa_relationship_kwargs={"lazy": "selectin"})
    requests: list[FundingRequest] = Relationship(sa_relationship_kwargs={"lazy": "selectin"})

    def must_add_up(self) -> None:
        """Raise Invalid, naming each field that contradicts another."""
        errors = []
        if self.ends_on < self.starts_on:
            errors.append(ENDS_BEFORE_START)
        if self.beneficiaries_female > self.beneficiaries_total:
            errors.append(MORE_THAN_TOTAL)
        if self.resources == "external" and self.cost == 0:
            errors.append(COST_REQUIRED)
        if errors:
            raise Invalid(
                "invalid_action",
                en="Some fields contradict each other; each is named in errors.",
                km="វាលខ្លះផ្ទុយគ្នា សូមមើលក្នុង errors។",
                errors=errors,
            )

    def must_be_open_to_edits(self) -> None:
        """Raise Conflict once the committee has agreed: what was agreed on is not rewritten."""
        if self.status != "proposed":
            raise Conflict(
                "action_not_proposed",
                en=f"Only a proposed action can be changed; this one is {self.status}.",
                km=f"អាចកែប្រែបានតែសកម្មភាពដែលទើបបានស្នើប៉ុណ្ណោះ សកម្មភាពនេះ{KHMER[self.status]}។",
            )

    def proposed(self) -> ActionChanged:
        """The event of a new action."""
        return self._changed_from(None)

    def agree(self) -> ActionChanged:
        """The committee takes the action into the plan."""
        return self._step("agreed")

    def start(self) -> ActionChanged:
        """Work begins: from agreed with own resources, from funded with others'."""
        return self._step("in_progress")

    def finish(self) -> ActionChanged:
        """The action is done."""
        return self._step("done")

    def drop(self, reason: str) -> ActionChanged:
        """The action will not be done, for a reason; budget takes its money back."""
        self._must_allow("dropped")
        self.drop_reason = reason
        return self._step("dropped")

    def report(self, percent: int, note: str, on: date | None, by: UUID) -> None:
        """Add a progress report; `on` is today in Cambodia when left out."""
        if self.status != "in_progress":
            raise not_now(
                "action_not_in_progress",
                self.status,
                self.resources,
                en="Progress is reported while an action is in progress",
                km="អាចរាយការណ៍វឌ្ឍនភាពបានតែពេលសកម្មភាពកំពុងអនុវត្ត",
            )
        today = datetime.now(PHNOM_PENH).date()
        if on is not None and on > today:
            raise Invalid.field(
                "/reported_on",
                "in_the_future",
                en="A report tells what was seen, not of a day to come.",
                km="មិនអាចរាយការណ៍សម្រាប់ថ្ងៃអនាគតបានទេ។",
            )
        self.progress.append(ProgressReport(percent=percent, note=note, reported_on=on or today, reported_by=by))
        self.version += 1

    def ask_for(self, amount: int, by: UUID) -> FundingRequest:
        """A request for money, one open at a time: the one before must be funded in full first."""
        if self.resources == "own":
            raise Conflict(
                "own_resources",
                en="This action is done with the unit's own resources and asks for no funds.",
                km="សកម្មភាពនេះប្រើធនធានផ្ទាល់ខ្លួន មិនអាចស្នើសុំថវិកាទេ។",
            )
        if self.status != "agreed":
            raise not_now(
                "action_not_agreed",
                self.status,
                self.resources,
                en="Funds are asked for when an action is agreed and not yet funded",
                km="អាចស្នើសុំថវិកាបានតែពេលសកម្មភាពត្រូវបានព្រមព្រៀង ហើយមិនទាន់មានថវិកា",
            )
        if self.requested_amount > self.funded_amount:
            raise Conflict(
                "request_open",
                en=f"A request is open: {self.requested_amount:,} riel asked for, {self.funded_amount:,} allocated.",
                km=f"មានសំណើថវិកាមួយកំពុងរង់ចាំ៖ បានស្នើ {self.requested_amount:,} រៀល បានវិភាជ {self.funded_amount:,} រៀល។",
            )
        unfunded = self.cost - self.funded_amount
        if amount > unfunded:
            raise Invalid.field(
                "/amount",
                "more_than_cost",
                en=f"At most {unfunded:,} riel can be asked for: the cost less what is funded.",
                km=f"អាចស្នើសុំបានច្រើនបំផុត {unfunded:,} រៀល៖ តម្លៃដកថវិកាដែលមានរួច។",
            )
        request = FundingRequest(amount=amount, requested_by=by)
        self.requests.append(request)
        self.requested_amount += amount
        self.version += 1
        return request

    def set_funds(self, funded_amount: int) -> ActionChanged | None:
        """Note what stands allocated; an event when this makes the action funded, or no longer funded.

        Work that has begun goes on when money is taken back, and nothing that is closed opens again.
        """
        self.funded_amount = funded_amount
        self.version += 1
        enough = 0 < self.requested_amount <= funded_amount
        if self.status == "agreed" and enough:
            return self._become("funded")
        if self.status == "funded" and not enough:
            return self._become("agreed")
        return None

    def _must_allow(self, step: ActionStatus) -> None:
        if step not in next_steps(self.status, self.resources):
            raise not_now(
                "step_not_allowed",
                self.status,
                self.resources,
                en=f"It cannot become {step} now",
                km=f"មិនអាចប្ដូរទៅ{KHMER[step]}នៅពេលនេះបានទេ",
            )

    def _step(self, status: ActionStatus) -> ActionChanged:
        self._must_allow(status)
        return self._become(status)

    def _become(self, status: ActionStatus) -> ActionChanged:
        previous, self.status = self.status, status
        self.version += 1
        return self._changed_from(previous)

    def _changed_from(self, previous: ActionStatus | None) -> ActionChanged:
        return ActionChanged(
            action_id=self.id,
            plan_id=self.plan_id,
            year=self.year,
            area_code=self.area_code,
            number=self.number,
            title_km=self.title_km,
            title_en=self.title_en or self.title_km,
            previous_status=previous,
            status=self.status,
            cost=self.cost,
            funded_amount=self.funded_amount,
            drop_reason=self.drop_reason,
        )
