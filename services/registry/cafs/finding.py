"""The findings of rules.findings_of as conditions of statements; a test holds the two together."""

from datetime import date

from sqlalchemy import ColumnElement, func
from sqlmodel import col

from services.registry.cafs.models import Caf
from services.registry.cafs.rules import INACTIVE_AFTER, Finding


def has_finding(finding: Finding, today: date) -> ColumnElement[bool]:
    """Whether the report counts this of a facilitator today."""
    serves = col(Caf.left_on).is_(None)
    if finding == "impartiality":
        return serves & (col(Caf.village_official) | col(Caf.commune_assistant))
    if finding == "term_over":
        return serves & (col(Caf.term_until) < today)
    if finding == "untrained":
        return serves & col(Caf.last_trained_on).is_(None)
    last_sign = func.greatest(col(Caf.term_from), col(Caf.last_seen_on), col(Caf.last_trained_on))
    return serves & (last_sign < today - INACTIVE_AFTER)
