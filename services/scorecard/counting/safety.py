"""The rule on which all suppression stands."""

from collections.abc import Iterable


def are_safe(counts: Iterable[int], threshold: int) -> bool:
    """Whether each may be shown: enough people stand behind it, or nobody, which points at nobody."""
    for count in counts:  # noqa: SIM110 - twice as fast, and asked twelve times for each unit that is counted
        if count < threshold and count:
            return False
    return True
