"""The report of an import for whoever sits at the server."""

from collections.abc import Iterator, Sequence

from services.registry.gazetteer.imports import Imported
from services.registry.gazetteer.items import ACTIONS, Action
from services.registry.gazetteer.schemas import ImportItemRead
from shared.areas import LEVELS

COUNTED = ("listed", "unchanged", "gone", "added", "moved", "renumbered", "following", "renamed")
HEADINGS: dict[Action, str] = {
    "gone": "Gone",
    "added": "Added",
    "moved": "Moved to another parent",
    "renumbered": "Renumbered",
    "renamed": "Renamed",
}


def describe(imported: Imported, *, most: int) -> str:
    """What an import changes, in lines; of each action no more than `most` areas."""
    return "\n".join(_lines(imported, most))


def _lines(imported: Imported, most: int) -> Iterator[str]:
    kept, plan = imported.kept, imported.plan
    yield f"List {kept.edition} from {kept.source}, effective on {kept.effective_on} ({kept.legal_reference})"
    yield ""
    yield f"{'':<10}" + "".join(f"{name:>12}" for name in COUNTED)
    for level in LEVELS:
        yield f"{level:<10}" + "".join(f"{kept.counts[level][name]:>12,}" for name in COUNTED)
    if plan.left_out:
        yield f"\nNot in the list, and left as they are: the provinces {', '.join(plan.left_out)}"
    if plan.problems:
        yield "\nProblems"
    for problem in plan.problems[:most]:
        place = ":".join(str(part) for part in (problem.file, problem.line) if part)
        yield f"  {'STOPS' if problem.blocks else 'note '} {place + ' ' if place else ''}{problem.detail_en}"
    yield from _more(plan.problems, most)
    yield f"\nFindings in the list: {len(plan.oddities)}"
    for action in ACTIONS:
        items = [item for item in imported.items if item.action == action and not item.follows]
        if items:
            yield f"\n{HEADINGS[action]}: {len(items)}"
        for item in items[:most]:
            yield f"  {_line(item)}"
        yield from _more(items, most)


def _more(shown: Sequence[object], most: int) -> Iterator[str]:
    if len(shown) > most:
        yield f"  … and {len(shown) - most} more (--most {len(shown)} shows all)"


def _line(item: ImportItemRead) -> str:
    code = " -> ".join(code for code in dict.fromkeys((item.old_code, item.new_code)) if code)
    name = f"{item.name_km} {item.name_en}"
    before = f", was {item.old_name_km} {item.old_name_en}" if item.renamed else ""
    score = f" [{item.score}]" if item.score is not None and item.action in ("moved", "renumbered", "renamed") else ""
    return f"{code}  {name}{before}{score}  {item.detail_en}".rstrip()
