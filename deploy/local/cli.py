"""The commands of `python -m deploy.local`."""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from deploy.local import logs, startup
from deploy.local.installation import DEFAULT_DATA, ROOT, SERVICES, State
from deploy.local.narrator import Narrator
from deploy.local.parts import Parts
from deploy.local.problems import Problem
from deploy.local.process import python_environment
from deploy.local.stack import Stack
from deploy.local.status import PARTS, probe, show


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; a problem is told in a sentence or two, and the exit code is 1."""
    options = _parser().parse_args(arguments)
    os.umask(0o077)
    try:
        return int(options.command(options) or 0)
    except Problem as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    except (KeyboardInterrupt, BrokenPipeError):
        return 130


def up(options: argparse.Namespace) -> int:
    """Start everything."""
    if options.detach:
        return _up_in_background(options)
    narrator = Narrator(options.data / "logs" / "up.log" if sys.stdout.isatty() else None)
    return startup.run(options.data, port=options.port, with_demo=not options.no_demo, narrator=narrator)


def _up_in_background(options: argparse.Namespace) -> int:
    stack = Stack(options.data, options.port, demo=not options.no_demo)
    narrator = Narrator()
    if stack.state.supervisor() is not None:
        return startup.already_running(stack.state, narrator)
    stack.start(patience=600, outlive=True, tell=narrator.say)
    return 0


def down(options: argparse.Namespace) -> int:
    """Stop everything, in order."""
    stopped = Stack(options.data).stop()
    sys.stdout.write("Stopped.\n" if stopped else f"Nothing was running on {options.data}.\n")
    return 0


def status(options: argparse.Namespace) -> int:
    """Ask each part how it is; the exit code says whether all are well."""
    found = probe(State(options.data))
    sys.stdout.write(json.dumps(found, indent=2) + "\n" if options.json else show(found))
    return 0 if found["healthy"] else 1


def show_logs(options: argparse.Namespace) -> int:
    """Print logs."""
    for line in logs.read(options.data / "logs", options.part, follow=options.follow):
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
    return 0


def token(options: argparse.Namespace) -> int:
    """Print a bearer token that the registry issues for a role."""
    command = [sys.executable, "-m", "services.registry.admin", "token", "--role", options.role]
    command += ["--area", options.area] if options.area else []
    command += ["--unit", options.unit] if options.unit else []
    environment = python_environment(**Stack(options.data).environment("registry"))
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def replay(options: argparse.Namespace) -> int:
    """Publish every kept event again, for an event store that was lost."""
    parts = Parts(Stack(options.data).installation)
    environment = python_environment(**parts.migration_environment())
    made = subprocess.run([sys.executable, "-m", "deploy.migrate", "streams"], cwd=ROOT, env=environment, check=False)
    if made.returncode:
        raise Problem("The event streams could not be made.", "Is NATS well? python -m deploy.local status")
    for service in SERVICES:
        again = parts.postgres.query(service, "UPDATE outbox SET published_at = NULL WHERE published_at IS NOT NULL")
        sys.stdout.write(f"{service}: {again.removeprefix('UPDATE ')} events will be published again\n")
    return 0


def reset(options: argparse.Namespace) -> int:
    """Stop, and delete the data."""
    if not options.yes:
        sys.stdout.write(f"This stops ISAF and deletes all data in {options.data}. Continue? [y/N] ")
        sys.stdout.flush()
        if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
            sys.stdout.write("Nothing was changed.\n")
            return 1
    Stack(options.data).remove()
    sys.stdout.write("The data are deleted. Begin anew with: make up\n")
    return 0


def _port(text: str) -> int:
    if not text.isdigit() or int(text) > 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port; give a number up to 65535, or 0 for any free one")
    return int(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m deploy.local", description="ISAF on one machine, without Docker.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--data", type=Path, default=DEFAULT_DATA, metavar="DIR", help="where data and logs are kept")

    def add(name: str, function: object, text: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, parents=[common], help=text, description=text)
        command.set_defaults(command=function)
        return command

    start = add("up", up, "start everything and keep it running")
    start.add_argument("--detach", action="store_true", help="return when healthy, and leave it running")
    start.add_argument("--port", type=_port, default=8080, metavar="N", help="the gateway's port (0: any free one)")
    start.add_argument("--no-demo", action="store_true", help="no ready accounts and no played year")
    add("down", down, "stop everything")
    add("status", status, "each part, its address, pid and health").add_argument("--json", action="store_true")
    show_log = add("logs", show_logs, "what the parts wrote")
    show_log.add_argument("part", nargs="?", metavar="SERVICE", help=f"one of {', '.join(PARTS)}")
    show_log.add_argument("--follow", "-f", action="store_true", help="go on as they write")
    issue = add("token", token, "print a bearer token for a role")
    issue.add_argument("--role", required=True)
    issue.add_argument("--area", default="", metavar="CODE", help="area code; none is the whole nation")
    issue.add_argument("--unit", default="", metavar="CODE", help="service unit code, for providers")
    add("reset", reset, "stop and delete all data").add_argument("--yes", action="store_true", help="do not ask")
    add("replay", replay, "publish all kept events again, after a lost event store")
    return parser
