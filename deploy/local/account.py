"""PostgreSQL refuses to run as root: as root, run it as an existing unprivileged account."""

import hashlib
import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

from deploy.local.problems import Problem

SETTING = "ISAF_LOCAL_ACCOUNT"
CANDIDATES = ("postgres", "nobody")


@dataclass(frozen=True)
class Account:
    """An operating system account that a part runs as."""

    name: str
    uid: int
    gid: int

    def can_enter(self, directory: Path) -> bool:
        """Whether every directory down to this one lets the account through; missing ones are taken as ours to make."""
        resolved = directory.resolve()
        return all(self._may_search(place) for place in (resolved, *resolved.parents) if place.exists())

    def _may_search(self, directory: Path) -> bool:
        mode = directory.stat()
        if mode.st_uid == self.uid:
            return bool(mode.st_mode & stat.S_IXUSR)
        if mode.st_gid == self.gid:
            return bool(mode.st_mode & stat.S_IXGRP)
        return bool(mode.st_mode & stat.S_IXOTH)


def choose_account() -> Account | None:
    """As an ordinary user none is needed; as root an existing unprivileged one (an account is never made)."""
    if os.geteuid() != 0:
        return None
    wanted = os.environ.get(SETTING)
    for name in [wanted] if wanted else CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
    raise Problem(
        f"PostgreSQL does not run as root, and there is no unprivileged account {wanted or ' or '.join(CANDIDATES)}.",
        f"Name an existing one: {SETTING}=NAME, or run as an ordinary user.",
    )


def short_name(path: Path) -> str:
    """A short stable name for a directory, to tell two checkouts apart outside of them."""
    return hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:12]


def make_private(directory: Path, account: Account | None, mode: int = 0o700) -> None:
    """Make a directory that belongs to the part's account alone; refuse one that somebody else put there."""
    directory.mkdir(mode=mode, parents=True, exist_ok=True)
    owner = account.uid if account else os.geteuid()
    found = directory.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {owner, os.geteuid()}:
        raise Problem(
            f"{directory} belongs to somebody else (uid {found.st_uid}).", "Remove it, or use another --data DIR."
        )
    directory.chmod(mode)
    if account and found.st_uid != account.uid:
        os.chown(directory, account.uid, account.gid)
