"""The ledger, under any sequence of allocating, releasing, dropping and resizing."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from shared.events.jaap import FundingRequested
from tests.budget.conftest import API, Budget, action_changed, funding_requested

ENVELOPES = 3
REQUESTS = 4
AMOUNTS = st.integers(1, 120)

steps = st.one_of(
    st.tuples(st.just("allocate"), st.integers(0, REQUESTS - 1), st.integers(0, ENVELOPES - 1), AMOUNTS),
    st.tuples(st.just("release"), st.integers(0, 30)),
    st.tuples(st.just("drop"), st.integers(0, REQUESTS // 2 - 1)),
    st.tuples(st.just("resize"), st.integers(0, ENVELOPES - 1), AMOUNTS),
)

BOOKS = text(
    """
    SELECT 'envelope' AS side, amount, allocated, coalesce(live, 0)::bigint AS live, false AS withdrawn
    FROM envelope LEFT JOIN (SELECT envelope_id, sum(amount) AS live FROM allocation
                             WHERE released_at IS NULL GROUP BY 1) AS held ON envelope_id = id
    WHERE id = ANY(:envelopes)
    UNION ALL
    SELECT 'request', amount, allocated, coalesce(live, 0)::bigint, status = 'withdrawn'
    FROM funding_request LEFT JOIN (SELECT request_id, sum(amount) AS live FROM allocation
                                    WHERE released_at IS NULL GROUP BY 1) AS given ON request_id = id
    WHERE id = ANY(:requests)
    """
)


@dataclass
class Play:
    """One example's envelopes and requests; two requests belong to each action."""

    budget: Budget
    envelopes: list[dict[str, Any]]
    requests: list[FundingRequested]
    allocations: list[str] = field(default_factory=list)
    dropped: set[UUID] = field(default_factory=set)

    async def allocate(self, request: int, envelope: int, amount: int) -> None:
        """Give, or be refused."""
        answer = await self.budget.allocate(self.requests[request], self.envelopes[envelope], amount)
        assert answer.status_code in (201, 409), answer.text
        if answer.status_code == 201:
            assert self.requests[request].action_id not in self.dropped
            self.allocations.append(answer.json()["id"])

    async def release(self, index: int) -> None:
        """Take one back, perhaps once too often."""
        if self.allocations:
            url = f"{API}/allocations/{self.allocations[index % len(self.allocations)]}:release"
            answer = await self.budget.http.post(url, json={"reason": "test"}, headers=self.budget.world.as_("ncdds@"))
            assert answer.status_code in (200, 409), answer.text

    async def drop(self, action: int) -> None:
        """An action is dropped, perhaps again."""
        action_id = self.requests[2 * action].action_id
        self.dropped.add(action_id)
        await self.budget.hear(action_changed(action_id))

    async def resize(self, envelope: int, amount: int) -> None:
        """More or less is set aside."""
        answer = await self.budget.http.patch(
            f"{API}/envelopes/{self.envelopes[envelope]['id']}",
            json={"amount": amount},
            headers=self.budget.world.as_("ncdds@") | {"If-Match": "*"},
        )
        assert answer.status_code in (200, 409), answer.text

    async def check(self) -> None:
        """The books balance."""
        async with self.budget.client.runtime.database.transaction() as db:
            rows = (
                await db.execute(
                    BOOKS,
                    {
                        "envelopes": [UUID(envelope["id"]) for envelope in self.envelopes],
                        "requests": [request.request_id for request in self.requests],
                    },
                )
            ).all()
        assert len(rows) == ENVELOPES + REQUESTS
        for row in rows:
            assert 0 <= row.allocated <= row.amount
            assert row.allocated == row.live
            assert not (row.withdrawn and row.live)
        assert sum(row.withdrawn for row in rows) == 2 * len(self.dropped)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(amounts=st.lists(AMOUNTS, min_size=7, max_size=7), sequence=st.lists(steps, min_size=3, max_size=14))
async def test_the_books_balance_after_every_step(
    budget: Budget, amounts: list[int], sequence: list[tuple[str, *tuple[int, ...]]]
) -> None:
    requests = [funding_requested(amount) for amount in amounts[:REQUESTS]]
    requests = [
        request.model_copy(update={"action_id": requests[index // 2 * 2].action_id})
        for index, request in enumerate(requests)
    ]
    await budget.hear(*requests)
    play = Play(budget, [await budget.envelope(amount) for amount in amounts[REQUESTS:]], requests)
    for name, *arguments in sequence:
        await getattr(play, name)(*arguments)
        await play.check()
