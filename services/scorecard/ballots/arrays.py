"""Arrays as Postgres reads them from text, which is faster than handing them over number by number."""

from collections.abc import Sequence


def array_text(scores: Sequence[int | None]) -> str:
    """Scores as Postgres reads an array: rows of unequal length do not fit into one array of arrays."""
    return "{" + str(scores)[1:-1].replace("None", "NULL") + "}"
