"""The path of an action, as a table: closed is not done, so done and dropped are kept apart."""

from typing import Literal

from shared.errors import Conflict
from shared.events.jaap import ActionStatus

Resources = Literal["own", "external"]
RESOURCES: tuple[Resources, ...] = ("own", "external")

STATUSES: tuple[ActionStatus, ...] = ("proposed", "agreed", "funded", "in_progress", "done", "dropped")
NEXT_STEPS: dict[ActionStatus, tuple[ActionStatus, ...]] = {
    "proposed": ("agreed", "dropped"),
    "agreed": ("in_progress", "dropped"),
    "funded": ("in_progress", "dropped"),
    "in_progress": ("done", "dropped"),
    "done": (),
    "dropped": (),
}
"""The steps that people take. Between agreed and funded only budget's allocations move an action."""
KHMER: dict[ActionStatus, str] = {
    "proposed": "បានស្នើ",
    "agreed": "បានព្រមព្រៀង",
    "funded": "មានថវិកា",
    "in_progress": "កំពុងអនុវត្ត",
    "done": "បានបញ្ចប់",
    "dropped": "បានបោះបង់",
}


def next_steps(status: ActionStatus, resources: Resources) -> tuple[ActionStatus, ...]:
    """Where people may take an action from here: its own resources start it once agreed, others' once funded."""
    if status == "agreed" and resources == "external":
        return ("dropped",)
    return NEXT_STEPS[status]


def not_now(code: str, status: ActionStatus, resources: Resources, *, en: str, km: str) -> Conflict:
    """The refusal of what the path does not have here, with what it has instead."""
    next_en, next_km = _ways_on(status, resources)
    return Conflict(
        code,
        en=f"{en}: this action is {status}. {next_en}",
        km=f"{km}៖ សកម្មភាពនេះ{KHMER[status]}។ {next_km}",
    )


def _ways_on(status: ActionStatus, resources: Resources) -> tuple[str, str]:
    """What may come next, as a sentence in English and in Khmer."""
    steps = next_steps(status, resources)
    if not steps:
        return "It is closed.", "សកម្មភាពនេះត្រូវបានបិទ។"
    en = f"Next can be: {', '.join(steps)}."
    km = f"ជំហានបន្ទាប់ដែលអាចធ្វើបាន៖ {', '.join(KHMER[step] for step in steps)}។"
    if status == "agreed" and resources == "external":
        en += " It becomes funded when all that it asks for is allocated."
        km += " វានឹងមានថវិកា នៅពេលថវិកាដែលបានស្នើត្រូវបានវិភាជគ្រប់ចំនួន។"
    return en, km
