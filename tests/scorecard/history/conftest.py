"""Rounds of several years to compare."""

from tests.scorecard.years import years

__all__ = ["years"]
