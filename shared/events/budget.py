"""What budget tells: envelopes, and money given to actions or taken back."""

from uuid import UUID

from shared.events import Event, KeyUsed


class EnvelopeOpened(Event, type="isaf.budget.envelope.opened.v1", key="envelope_id"):
    """A body set money aside for a year. Amount in riel."""

    envelope_id: UUID
    year: int
    fund_source: str
    area_code: str
    amount: int


class AllocationMade(Event, type="isaf.budget.allocation.made.v1", key="allocation_id"):
    """Money of an envelope was allocated to an action's request. Amount in riel."""

    allocation_id: UUID
    request_id: UUID
    action_id: UUID
    envelope_id: UUID
    fund_source: str
    year: int
    area_code: str
    amount: int


class AllocationReleased(Event, type="isaf.budget.allocation.released.v1", key="allocation_id"):
    """An allocation went back to its envelope. Amount in riel."""

    allocation_id: UUID
    request_id: UUID
    action_id: UUID
    envelope_id: UUID
    fund_source: str
    year: int
    area_code: str
    amount: int
    reason: str


class BudgetKeyUsed(KeyUsed, type="isaf.budget.access_key.used.v1", key="key_id", internal=True):
    """An API key was used here, for the first time that day."""
