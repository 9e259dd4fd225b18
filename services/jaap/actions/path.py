"""The path of an action, as a table: closed is not done, so done and dropped are kept apart."""

from typing import Literal

from shared.events.jaap import ActionStatus

Resources = Literal["own", "external"]
RESOURCES: tuple[Resources, ...] = ("own", "external")

STATUSES: tuple[ActionStatus, ...] = ("proposed", "agreed", "funded", "in_progress", "done", "dropped")
NEXT_STEPS: dict[ActionStatus, tuple[ActionStatus, ...]] = {
    "proposed": ("agreed", "dropped"),
    "agreed": ("funded", "in_progress", "dropped"),
    "funded": ("agreed", "in_progress", "dropped"),
    "in_progress": ("done", "dropped"),
    "done": (),
    "dropped": (),
}
KHMER: dict[ActionStatus, str] = {
    "proposed": "បានស្នើ",
    "agreed": "បានព្រមព្រៀង",
    "funded": "មានថវិកា",
    "in_progress": "កំពុងអនុវត្ត",
    "done": "បានបញ្ចប់",
    "dropped": "បានបោះបង់",
}


def next_steps(status: ActionStatus, resources: Resources) -> tuple[ActionStatus, ...]:
    """Where an action may go from here: with its own resources it starts once agreed, with others' once funded.

    funded, and back from it to agreed, follow from budget's allocations and are nobody's button.
    """
    steps = NEXT_STEPS[status]
    if status == "agreed":
        excluded = "funded" if resources == "own" else "in_progress"
        return tuple(step for step in steps if step != excluded)
    return steps
