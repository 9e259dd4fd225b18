"""All event types, for those who need every one: notify's subscriptions and the AsyncAPI document."""

from shared.events import EVENT_TYPES, budget, jaap, registry, scorecard

PRODUCERS = {"registry": registry, "scorecard": scorecard, "jaap": jaap, "budget": budget}
"""The services that publish, with the module of their events."""

ALL_EVENT_TYPES = tuple(
    sorted(
        (event for event in EVENT_TYPES.values() if event.__module__.startswith("shared.events.")),
        key=lambda event: (list(PRODUCERS).index(event.producer()), event.TYPE),
    )
)
