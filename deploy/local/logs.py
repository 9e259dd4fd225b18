"""The parts' logs: kept small, shown together or one by one."""

import time
from collections.abc import Iterator
from pathlib import Path

from deploy.local.problems import Problem

LARGEST = 10 * 1024 * 1024
"""A log that has grown past this becomes NAME.log.1, in place of the one before."""


def keep_small(directory: Path, largest: int = LARGEST) -> None:
    """Move grown logs aside by copying: the parts keep their files open, and append."""
    for log in directory.glob("*.log"):
        if log.stat().st_size > largest:
            before = log.with_suffix(".log.1")
            with log.open("rb") as source, before.open("wb") as target:
                while block := source.read(1 << 20):
                    target.write(block)
            before.chmod(0o600)
            with log.open("r+b") as file:
                file.truncate(0)


def tail(log: Path, lines: int) -> str:
    """The last lines of a log."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 64 * 1024))
            return "\n".join(file.read().decode(errors="replace").splitlines()[-lines:])
    except FileNotFoundError:
        return "(it has written nothing)"


def read(directory: Path, part: str | None, *, follow: bool) -> Iterator[str]:
    """A part's log, or the ends of all with their names before them; with `follow` go on until interrupted."""
    logs = _logs(directory, part)
    width = max(len(log.stem) for log in logs)
    prefixes = {log: "" if part else f"{log.stem:{width}} │ " for log in logs}
    places: dict[Path, int] = {}
    for log in logs:
        places[log] = log.stat().st_size
        text = log.read_text(errors="replace") if part else tail(log, 20)
        yield from (prefixes[log] + line for line in text.splitlines())
    while follow:
        time.sleep(0.2)
        for log in logs:
            yield from (prefixes[log] + line for line in _news(log, places))


def _logs(directory: Path, part: str | None) -> list[Path]:
    logs = sorted(directory.glob("*.log"))
    if part is None and logs:
        return logs
    chosen = [log for log in logs if log.stem == part]
    if not chosen:
        known = ", ".join(log.stem for log in logs) or "none: nothing was started here yet"
        raise Problem(f"There is no log of {part or 'any part'} in {directory}.", f"There are: {known}")
    return chosen


def _news(log: Path, places: dict[Path, int]) -> list[str]:
    size = log.stat().st_size
    place = places[log] if size >= places[log] else 0
    with log.open("rb") as file:
        file.seek(place)
        block = file.read()
    whole, newline, _ = block.rpartition(b"\n")
    places[log] = place + len(whole) + len(newline)
    return whole.decode(errors="replace").splitlines()
