"""What can go wrong on a person's machine, said with a way on."""

import os


class Problem(Exception):
    """Something the person at the keyboard can put right: shown as a sentence and a way on, never as a stack trace."""

    def __init__(self, what: str, way_on: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.way_on = way_on

    def __str__(self) -> str:
        return f"{self.what}\n{self.way_on}" if self.way_on else self.what


def explain(error: OSError, doing: str) -> Problem:
    """Turn an operating system's refusal into a sentence that names the path and what to do about it."""
    path = f" {error.filename}" if error.filename else ""
    match error:
        case PermissionError():
            way_on = f"Give this account (uid {os.geteuid()}) the right to, or choose another directory: --data DIR"
        case _ if error.errno in {28, 122}:
            way_on = "The disk is full. Make room, or choose a directory on another disk: --data DIR"
        case _:
            way_on = "Choose another directory with --data DIR, or put the cause right and try again."
    return Problem(f"Could not {doing}:{path}: {error.strerror or error}.", way_on)
