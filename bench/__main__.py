"""`python -m bench [NAME …]`: run all benchmarks, or those named, and print their figures."""

import argparse
import json
import os
import platform
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench import (
    areas,
    ballots,
    bodies,
    boundaries,
    cafs,
    comments,
    comparison,
    events,
    feed,
    gateway,
    gazetteer,
    packs,
    permissions,
    posters,
    reports,
    results,
    search,
    startup,
    sync,
    units,
)
from bench.figures import Figure

BENCHMARKS: dict[str, Callable[[], list[Figure]]] = {
    "startup": startup.run,
    "gateway": gateway.run,
    "events": events.run,
    "permissions": permissions.run,
    "feed": feed.run,
    "ballots": ballots.run,
    "results": results.run,
    "comparison": comparison.run,
    "sync": sync.run,
    "comments": comments.run,
    "areas": areas.run,
    "gazetteer": gazetteer.run,
    "search": search.run,
    "units": units.run,
    "cafs": cafs.run,
    "bodies": bodies.run,
    "packs": packs.run,
    "posters": posters.run,
    "reports": reports.run,
    "boundaries": boundaries.run,
}


def main() -> None:
    """Run the chosen benchmarks one after the other, so that none disturbs another."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure the platform on this machine.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of: {', '.join(BENCHMARKS)} (default: all)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures there")
    arguments = parser.parse_args()
    unknown = set(arguments.names) - set(BENCHMARKS)
    if unknown:
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    figures = [figure for name in arguments.names or BENCHMARKS for figure in measure(name)]
    if arguments.json:
        arguments.json.write_text(json.dumps([vars(figure) for figure in figures], indent=2) + "\n")


def measure(name: str) -> list[Figure]:
    """Run one benchmark and print its table."""
    console = Console()
    console.print(f"\n[bold]{name}[/] on {os.cpu_count()} cores, Python {platform.python_version()}")
    figures = BENCHMARKS[name]()
    table = Table("figure", "measured", "goal", box=None)
    for figure in figures:
        table.add_row(figure.name, f"{figure.value:,.4g} {figure.unit}", figure.goal)
    console.print(table)
    return figures


if __name__ == "__main__":
    main()
