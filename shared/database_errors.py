"""What an error of the database means for who asked: away, contended, a clash, a value it cannot hold, or our fault."""

import asyncpg
from sqlalchemy.exc import DBAPIError

from shared.errors import Conflict, Invalid, Problem, ServiceUnavailable, internal_error

UNAVAILABLE_STATES = ("08", "57P", "53")
"""SQLSTATEs that begin so: connection exception, server or session ended, insufficient resources."""
TOO_SLOW_STATE = "57014"
"""Query cancelled, as it ran into statement_timeout."""
LOCK_TIMEOUT_STATE = "55P03"
CONTENDED_STATES = ("40001", "40P01", LOCK_TIMEOUT_STATE)
"""Serialization failure, deadlock, lock not available: the same request again will do."""
UNSTORABLE_STATES = ("22000", "22003", "22021", "22P05")
"""What the driver cannot send, number out of range, character not in repertoire, untranslatable character."""


def of_database_error(error: DBAPIError | asyncpg.PostgresError) -> Problem:
    """Sort an error of the database: away or contended (503), clash (409), text it cannot hold (422), ours (500)."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    state = getattr(cause, "sqlstate", None) or ""
    invalidated = isinstance(error, DBAPIError) and error.connection_invalidated
    if invalidated or state.startswith(UNAVAILABLE_STATES) or is_connection_error(cause):
        return ServiceUnavailable()
    if state == TOO_SLOW_STATE:
        return ServiceUnavailable(
            "too_slow",
            en="The database took too long. Nothing was changed; send the same request again.",
            km="មូលដ្ឋានទិន្នន័យប្រើពេលយូរពេក។ មិនមានអ្វីត្រូវបានកែប្រែទេ សូមផ្ញើសំណើដដែលម្ដងទៀត។",
        )
    if state in CONTENDED_STATES:
        return ServiceUnavailable(
            "busy",
            en="Somebody else is changing the same record. Nothing was changed; send the same request again.",
            km="មានអ្នកផ្សេងកំពុងកែប្រែកំណត់ត្រាដដែល។ មិនមានអ្វីត្រូវបានកែប្រែទេ សូមផ្ញើសំណើដដែលម្ដងទៀត។",
            retry_after=1,
        )
    if state == "23505":
        return Conflict(
            "already_exists", en="A record with these values exists already.", km="មានកំណត់ត្រាដែលមានតម្លៃទាំងនេះរួចហើយ។"
        )
    if state in UNSTORABLE_STATES:
        return Invalid(
            "invalid_value",
            en="A value is too large or holds a character that cannot be stored.",
            km="តម្លៃមួយធំពេក ឬមានតួអក្សរដែលមិនអាចរក្សាទុកបាន។",
        )
    return internal_error()


def is_connection_error(error: BaseException | None) -> bool:
    """Whether the error says that the server is away, starting or stopping."""
    seen = 0
    while error is not None and seen < 5:
        if isinstance(error, OSError | TimeoutError | asyncpg.InterfaceError | asyncpg.PostgresConnectionError):
            return True
        if (getattr(error, "sqlstate", None) or "").startswith(UNAVAILABLE_STATES) or _is_cut_off(error):
            return True
        error, seen = error.__cause__, seen + 1
    return False


def _is_cut_off(error: BaseException) -> bool:
    """Whether asyncpg had half read the server's farewell on an idle connection; it has no name of its own for that."""
    return isinstance(error, asyncpg.InternalClientError) and str(error).startswith("cannot switch to state")


def is_outage(error: BaseException) -> bool:
    """Whether Postgres is away, which is no fault of the event being handled."""
    return isinstance(error, ServiceUnavailable) or is_connection_error(getattr(error, "orig", error))


def is_lock_timeout(error: BaseException) -> bool:
    """Whether somebody else held a lock for longer than we wait."""
    return getattr(getattr(error, "orig", error), "sqlstate", None) == LOCK_TIMEOUT_STATE
