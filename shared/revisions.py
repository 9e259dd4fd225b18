"""Which migration a service's code expects, read without Alembic: only the migration job needs that in its memory."""

import ast
from functools import cache
from pathlib import Path

SERVICES = Path(__file__).resolve().parent.parent / "services"


def head(service: str) -> str | None:
    """The migration that no other one builds on."""
    known: set[str] = set()
    built_on: set[str] = set()
    for file in (SERVICES / service / "migrations" / "versions").glob("*.py"):
        declared = _declarations(file)
        if "revision" in declared:
            known |= declared["revision"]
            built_on |= declared["down_revision"]
    heads = known - built_on
    if len(heads) > 1:
        raise ValueError(f"{service} has several newest migrations: {', '.join(sorted(heads))}")
    return heads.pop() if heads else None


@cache
def _declarations(file: Path) -> dict[str, set[str]]:
    """The revisions that a migration names itself and builds on."""
    declared: dict[str, set[str]] = {}
    for statement in ast.parse(file.read_bytes()).body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                pass
            case ast.AnnAssign(target=ast.Name(id=name), value=value) if value is not None:
                pass
            case _:
                continue
        if name in {"revision", "down_revision"}:
            named = ast.literal_eval(value)
            declared[name] = set() if named is None else {named} if isinstance(named, str) else set(named)
    return declared
