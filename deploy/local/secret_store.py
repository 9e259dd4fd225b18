"""The secrets of one machine: random, made once, in a file that its owner alone can read, never printed."""

import os
import secrets
from pathlib import Path

from deploy.local.problems import Problem

SERVICES = ("registry", "scorecard", "jaap", "budget", "notify")
NATS_USERS = ("admin", *SERVICES)


def keep(path: Path, *, data_exist: bool) -> dict[str, str]:
    """Read the secrets, making those that are missing; refuse to make new ones under data that the old ones protect."""
    known = read(path)
    missing = [name for name in _names() if name not in known]
    if missing and data_exist and not known:
        raise Problem(
            f"{path} is missing, and the data beside it are protected with what it held.",
            "Put it back from a backup, or begin anew (this deletes the data): python -m deploy.local reset",
        )
    if missing:
        # NATS reads a password as it reads its configuration: one that begins with a letter is always text.
        known |= {name: "k" + secrets.token_hex(24) for name in missing}
        if "DEMO_PASSWORD" in missing:  # people type it
            known["DEMO_PASSWORD"] = "-".join(["demo", *(secrets.token_hex(2) for _ in range(4))])
        _write(path, known)
    return known


def read(path: Path) -> dict[str, str]:
    """The secrets that are there."""
    try:
        lines = path.read_text().splitlines()
    except FileNotFoundError:
        return {}
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


def nats_passwords(kept: dict[str, str]) -> dict[str, str]:
    """Each NATS user's password."""
    return {user: kept[f"NATS_PASSWORD_{user.upper()}"] for user in NATS_USERS}


def _names() -> list[str]:
    keys = [f"SECRET_KEY_{service.upper()}" for service in SERVICES]
    return [*keys, *(f"NATS_PASSWORD_{user.upper()}" for user in NATS_USERS), "DEMO_PASSWORD"]


def _write(path: Path, values: dict[str, str]) -> None:
    unfinished = path.with_suffix(".new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write("# Made by python -m deploy.local; the data in this directory cannot be read without them.\n")
        file.writelines(f"{name}={value}\n" for name, value in values.items())
        file.flush()
        os.fsync(descriptor)
    unfinished.replace(path)
