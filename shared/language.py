"""Khmer or English, as the reader asked."""

from typing import Literal

Language = Literal["km", "en"]


def preferred_language(accept_language: str | None) -> Language:
    """Choose Khmer or English from an Accept-Language header; English when neither is asked for."""
    best: Language = "en"
    best_quality = 0.0
    for entry in (accept_language or "").split(","):
        tag, _, parameters = entry.strip().partition(";")
        primary = tag.strip().lower().split("-")[0]
        quality = _quality(parameters)
        if primary == "km" and quality > best_quality:
            best, best_quality = "km", quality
        elif primary == "en" and quality > best_quality:
            best, best_quality = "en", quality
    return best


def _quality(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return min(1.0, max(0.0, float(value)))
    except ValueError:
        return 0.0
