"""Outside its hours a round takes no scores; the refusal says which hours those are."""

import calendar
from datetime import UTC, datetime, timedelta, timezone

from services.scorecard.rounds.models import Round
from shared.digits import khmer_digits
from shared.errors import Conflict

CAMBODIA = timezone(timedelta(hours=7))
MONTHS_EN = tuple(calendar.month_name)[1:]
MONTHS_KM = ("មករា", "កុម្ភៈ", "មីនា", "មេសា", "ឧសភា", "មិថុនា", "កក្កដា", "សីហា", "កញ្ញា", "តុលា", "វិច្ឆិកា", "ធ្នូ")


def scoring_not_open_yet(row: Round) -> Conflict:
    """Citizens' scoring has an hour of its own, which has not come."""
    at = row.scoring_opens_at
    return Conflict(
        "scoring_not_open_yet",
        en=f"Scoring opens on {in_english(at)}." if at else "Scoring has not opened yet; try again in a moment.",
        km=f"ការដាក់ពិន្ទុនឹងបើកនៅ{in_khmer(at)}។" if at else "ការដាក់ពិន្ទុមិនទាន់បើកទេ; សូមព្យាយាមម្ដងទៀតបន្តិចក្រោយ។",
        extra={"opens_at": for_machines(at)} if at else None,
    )


def scoring_closed(row: Round) -> Conflict:
    """The hour up to which scores were taken has passed, though the round is not closed yet."""
    at = row.scoring_closes_at
    return Conflict(
        "scoring_closed",
        en=f"Scoring closed on {in_english(at)}." if at else "Scoring of this round has closed.",
        km=f"ការដាក់ពិន្ទុបានបិទនៅ{in_khmer(at)}។" if at else "ការដាក់ពិន្ទុក្នុងជុំនេះបានបិទហើយ។",
        extra={"closed_at": for_machines(at)} if at else None,
    )


def for_machines(at: datetime) -> str:
    """As every other answer writes an instant: `2026-03-01T01:00:00Z`."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def in_english(at: datetime) -> str:
    """Day and time in Cambodia: `1 March 2026 at 08:00`."""
    local = at.astimezone(CAMBODIA)
    return f"{local.day} {MONTHS_EN[local.month - 1]} {local.year} at {local:%H:%M}"


def in_khmer(at: datetime) -> str:
    """Day and time in Cambodia: `ថ្ងៃទី១ ខែមីនា ឆ្នាំ២០២៦ ម៉ោង ០៨:០០`."""
    local = at.astimezone(CAMBODIA)
    return khmer_digits(f"ថ្ងៃទី{local.day} ខែ{MONTHS_KM[local.month - 1]} ឆ្នាំ{local.year} ម៉ោង {local:%H:%M}")
