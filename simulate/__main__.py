"""`python -m simulate battambang --base-url …`: plays the year and says how the books were found."""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from simulate.battambang import play
from simulate.client import GaveUp, Refused
from simulate.year import Options

NO_CREDENTIALS = (
    "Who administers? Give an operator's token in ISAF_OPERATOR_TOKEN (or ISAF_TOKEN), a --credentials file, "
    "or --operator-username with the password in ISAF_OPERATOR_PASSWORD."
)
PLAIN_WIDTH = 140


def main(arguments: Sequence[str] | None = None) -> int:
    """0: played, and every check holds. 1: a check failed. 2: it could not be played."""
    options = _parser().parse_args(arguments)
    console = Console() if sys.stdout.isatty() else Console(width=PLAIN_WIDTH, force_terminal=False)
    try:
        credentials = _credentials(options)
        console.print(f"A year in Battambang, at {options.base_url} (seed {options.seed})", highlight=False)
        story = Options(options.seed, options.communes_per_district, options.districts, options.pace)
        report = asyncio.run(play(options.base_url, credentials, story, console=console))
    except (Refused, GaveUp, ValueError, OSError) as problem:
        console.print(f"[bold red]The year could not be played:[/bold red] {problem}", highlight=False)
        return 2
    except KeyboardInterrupt:
        console.print("Stopped.")
        return 130
    report.show(console)
    if options.report:
        report.write(options.report)
        console.print(f"All figures: {options.report}", highlight=False)
    return 0 if report.ok else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m simulate", description="Play ISAF through its public API.")
    stories = parser.add_subparsers(dest="story", required=True)
    story = stories.add_parser("battambang", help="one year in the seven districts of the Battambang case")
    story.add_argument("--base-url", required=True, help="where the gateway is")
    story.add_argument("--seed", type=int, default=2026, help="the same seed plays the same year (default 2026)")
    story.add_argument("--report", type=Path, help="write all figures to this file as JSON")
    story.add_argument("--communes-per-district", type=int, choices=(1, 2, 3), default=2)
    story.add_argument("--districts", type=int, choices=range(1, 8), default=7, help="only the first N of the seven")
    story.add_argument("--pace", type=float, default=0.0, help="seconds between chapters, to watch it happen")
    story.add_argument("--credentials", type=Path, help='JSON: {"token": …} or {"username": …, "password": …}')
    story.add_argument("--operator-username", help="the administrator's user name")
    story.add_argument(
        "--operator-password", help="better given in ISAF_OPERATOR_PASSWORD: others can see a command line"
    )
    return parser


def _credentials(options: argparse.Namespace) -> dict[str, str]:
    if options.credentials:
        given = json.loads(options.credentials.read_text())
        if not isinstance(given, dict) or not (given.keys() >= {"token"} or given.keys() >= {"username", "password"}):
            raise ValueError(f"{options.credentials} holds neither a token nor a username with a password.")
        return {name: str(given[name]) for name in ("token", "username", "password") if name in given}
    if options.operator_username:
        password = options.operator_password or os.environ.get("ISAF_OPERATOR_PASSWORD", "")
        return {"username": options.operator_username, "password": password}
    token = os.environ.get("ISAF_OPERATOR_TOKEN") or os.environ.get("ISAF_TOKEN")
    if not token:
        raise ValueError(NO_CREDENTIALS)
    return {"token": token}


if __name__ == "__main__":
    sys.exit(main())
