"""What of a round may still be changed: all of it while it is planned, later only what harms nobody who has begun."""

from collections.abc import Set
from datetime import datetime
from typing import Any

from services.scorecard.rounds.models import Round
from shared.errors import Conflict, FieldError, Invalid

ALWAYS = frozenset({"title_km", "title_en", "review_days", "publisher_roles"})
WHILE_OPEN = ALWAYS | {"scoring_closes_at", "self_assessment_opens_at", "self_assessment_closes_at"}
SENT_AS = {"indicator_sets": "indicator_set_ids"}
TIMES = ("scoring_opens_at", "scoring_closes_at", "self_assessment_opens_at", "self_assessment_closes_at")


def changed_fields(row: Round, sent: dict[str, Any]) -> set[str]:
    """The fields whose value would be another one; sending what is there already changes nothing."""
    return {name for name, value in sent.items() if getattr(row, name) != value}


def must_be_changeable(row: Round, fields: Set[str], now: datetime) -> None:
    """Raise Conflict that names every field which the round's state has fixed."""
    if row.state == "planned":
        return
    allowed = WHILE_OPEN if row.state == "open" else ALWAYS
    if row.state == "open" and row.scoring(now) == "not_yet":
        allowed = allowed | {"scoring_opens_at"}
    fixed = sorted(SENT_AS.get(name, name) for name in fields - allowed)
    if fixed:
        en = f"This can no longer be changed: the round is {row.state}."
        km = "មិនអាចកែប្រែបានទៀតទេ៖ ជុំវាយតម្លៃបានបើក ឬបានបិទហើយ។"
        raise Conflict(
            "round_field_fixed",
            en=f"The round is {row.state}; these can no longer be changed: {', '.join(fixed)}.",
            km=f"ជុំវាយតម្លៃបានបើក ឬបានបិទហើយ មិនអាចកែប្រែវាលទាំងនេះបានទៀតទេ៖ {', '.join(fixed)}។",
            errors=[FieldError(f"/{name}", "round_field_fixed", en, km) for name in fixed],
        )


def must_lie_ahead(row: Round, fields: Set[str], now: datetime) -> None:
    """Raise Invalid where an open round's new time has passed: nothing is opened or closed in hindsight."""
    for name in TIMES if row.state == "open" else ():
        at = getattr(row, name)
        if name in fields and at is not None and at <= now:
            raise Invalid.field(
                f"/{name}",
                "time_passed",
                en="This time has passed; an open round takes a time that is still to come.",
                km="ពេលវេលានេះបានកន្លងហួសហើយ; ជុំដែលកំពុងបើកត្រូវការពេលវេលានាពេលខាងមុខ។",
            )
