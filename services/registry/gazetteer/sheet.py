"""The changes of an import as a sheet for a spreadsheet."""

import csv
import io
from collections.abc import Iterable

from services.registry.gazetteer.schemas import ImportItemRead

BOM = "\ufeff"
"""Without it, a spreadsheet takes UTF-8 for something else and breaks Khmer."""
COLUMNS = (
    "action", "level", "old_code", "new_code", "old_name_km", "old_name_en", "name_km", "name_en",
    "old_parent_code", "new_parent_code", "renamed", "follows", "score", "into", "origin", "detail_km", "detail_en",
)  # fmt: skip
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def items_sheet(items: Iterable[ImportItemRead]) -> str:
    """The sheet as CSV; what a spreadsheet would take for a formula is made text."""
    text = io.StringIO()
    text.write(BOM)
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for item in items:
        values = item.model_dump() | {"into": " ".join(item.into)}
        writer.writerow([_cell(values[column]) for column in COLUMNS])
    return text.getvalue()


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else ""
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA) else text
