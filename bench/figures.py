"""What a benchmark reports."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import quantiles


@dataclass(frozen=True)
class Figure:
    """One measured number, with the goal it is held against where there is one."""

    name: str
    value: float
    unit: str
    goal: str = ""


def percentile(values: Sequence[float], percent: int) -> float:
    """The value below which `percent` of 100 lie."""
    return quantiles(values, n=100, method="inclusive")[percent - 1]
