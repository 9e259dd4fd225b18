"""One place where every error becomes problem+json."""

from collections.abc import Mapping

import asyncpg
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic_core import ErrorDetails
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from shared import traces
from shared.digits import khmer_digits
from shared.errors import (
    BadRequest,
    Conflict,
    FieldError,
    InternalError,
    Invalid,
    MethodNotAllowed,
    NotFound,
    Problem,
    ServiceUnavailable,
    TooLarge,
    UnsupportedMediaType,
)
from shared.language import preferred_language

log = structlog.get_logger()

KHMER_BY_TYPE = {
    "missing": "ត្រូវតែបំពេញវាលនេះ",
    "extra_forbidden": "មិនស្គាល់វាលនេះទេ",
    "json_invalid": "មិនមែនជា JSON ត្រឹមត្រូវទេ",
    "string_type": "ត្រូវតែជាអក្សរ",
    "string_too_short": "អក្សរខ្លីពេក",
    "string_too_long": "អក្សរវែងពេក",
    "string_pattern_mismatch": "ទម្រង់មិនត្រឹមត្រូវ",
    "phone_malformed": "លេខទូរសព្ទមិនត្រឹមត្រូវ ឧទាហរណ៍ 012 345 678",
    "int_type": "ត្រូវតែជាចំនួនគត់",
    "int_parsing": "ត្រូវតែជាចំនួនគត់",
    "int_from_float": "ត្រូវតែជាចំនួនគត់",
    "float_type": "ត្រូវតែជាចំនួន",
    "bool_type": "ត្រូវតែជា true ឬ false",
    "list_type": "ត្រូវតែជាបញ្ជី",
    "dict_type": "ត្រូវតែជាវត្ថុ",
    "model_attributes_type": "ត្រូវតែជាវត្ថុ",
    "model_type": "ត្រូវតែជាវត្ថុ",
    "too_short": "បញ្ជីខ្លីពេក",
    "too_long": "បញ្ជីវែងពេក",
    "greater_than": "តម្លៃតូចពេក",
    "greater_than_equal": "តម្លៃតូចពេក",
    "less_than": "តម្លៃធំពេក",
    "less_than_equal": "តម្លៃធំពេក",
    "enum": "តម្លៃមិនស្ថិតក្នុងជម្រើសដែលអនុញ្ញាត",
    "literal_error": "តម្លៃមិនស្ថិតក្នុងជម្រើសដែលអនុញ្ញាត",
    "uuid_type": "ត្រូវតែជា UUID",
    "uuid_parsing": "ត្រូវតែជា UUID",
    "date_from_datetime_parsing": "ត្រូវតែជាកាលបរិច្ឆេទ (ឆ្នាំ-ខែ-ថ្ងៃ)",
    "date_parsing": "ត្រូវតែជាកាលបរិច្ឆេទ (ឆ្នាំ-ខែ-ថ្ងៃ)",
    "datetime_parsing": "ត្រូវតែជាកាលបរិច្ឆេទ និងម៉ោង",
    "datetime_from_date_parsing": "ត្រូវតែជាកាលបរិច្ឆេទ និងម៉ោង",
    "timezone_aware": "ត្រូវបញ្ជាក់ល្វែងម៉ោង",
    "url_parsing": "ត្រូវតែជាអាសយដ្ឋានគេហទំព័រ",
    "https_url": "ត្រូវតែជាអាសយដ្ឋានគេហទំព័រដែលចាប់ផ្ដើមដោយ https://",
    "time_parsing": "ត្រូវតែជាម៉ោងក្នុងតំបន់ ឧទាហរណ៍ 08:30",
    "control_character": "មិនត្រូវមានតួអក្សរបញ្ជាដែលមើលមិនឃើញទេ",
    "text_missing": "ត្រូវបំពេញអត្ថបទជាភាសាខ្មែរ ឬអង់គ្លេស ឬទាំងពីរ",
    "one_of_two": "ត្រូវផ្ដល់តែមួយក្នុងចំណោមវាលទាំងពីរ",
    "location_incomplete": "រយៈទទឹង និងរយៈបណ្តោយត្រូវផ្ដល់ជាមួយគ្នា",
    "yes_or_no": "ត្រូវតែជា បាទ/ចាស ឬ ទេ (yes, no)",
    "nobody_came": "ត្រូវមានសមាជិកយ៉ាងតិចម្នាក់បានចូលរួម",
    "participants_repeated": "ប្រភេទ និងភេទនីមួយៗត្រូវសរសេរតែម្ដង",
    "levels_repeated": "ថ្នាក់នីមួយៗត្រូវសរសេរតែម្ដង",
    "term_ends_before_it_begins": "អាណត្តិមិនអាចបញ្ចប់មុនថ្ងៃចាប់ផ្ដើមទេ",
    "point_incomplete": "រយៈទទឹង និងរយៈបណ្តោយត្រូវផ្ដល់ជាមួយគ្នា",
    "external_ids_malformed": "លេខសម្គាល់ក្នុងប្រព័ន្ធផ្សេងមិនត្រឹមត្រូវ ឧទាហរណ៍ hmis=0202-14; emis=4711",
}
ENGLISH_BY_TYPE = dict.fromkeys(("dict_type", "model_attributes_type", "model_type"), "Input should be an object")
"""Where pydantic's words would tell of Python's types, or of the name of a class."""
LIMITS = {
    "greater_than": ("gt", "ត្រូវលើសពី"),
    "greater_than_equal": ("ge", "យ៉ាងតិច"),
    "less_than": ("lt", "ត្រូវតិចជាង"),
    "less_than_equal": ("le", "យ៉ាងច្រើន"),
    "too_short": ("min_length", "យ៉ាងតិច"),
    "too_long": ("max_length", "យ៉ាងច្រើន"),
    "string_too_long": ("max_length", "យ៉ាងច្រើន"),
}
"""Where pydantic keeps the limit that a value passed, and what we say before it in Khmer."""
UNAVAILABLE_STATES = ("08", "57P", "53")
"""SQLSTATEs that begin so: connection exception, server or session ended, insufficient resources."""
TOO_SLOW_STATE = "57014"
"""Query cancelled, as it ran into statement_timeout."""
LOCK_TIMEOUT_STATE = "55P03"
CONTENDED_STATES = ("40001", "40P01", LOCK_TIMEOUT_STATE)
"""Serialization failure, deadlock, lock not available: the same request again will do."""
UNSTORABLE_STATES = ("22000", "22003", "22021", "22P05")
"""What the driver cannot send, number out of range, character not in repertoire, untranslatable character."""
CLIENT_LEFT = 499
"""The status in the metrics of a request whose sender left before its end, as proxies count it; nobody reads it."""
MAXIMUM_ERRORS = 100
"""An answer names no more wrong fields than that."""


def field_error(error: ErrorDetails | Mapping[str, object]) -> FieldError:
    """Turn one finding of pydantic's into ours: a JSON pointer for the body, `query/limit` and so on elsewhere."""
    location = [str(part) for part in error["loc"]]  # type: ignore[attr-defined]
    kind = str(error["type"])
    if location and location[0] == "body":
        escaped = (part.replace("~", "~0").replace("/", "~1") for part in location[1:])
        pointer = "" if kind == "json_invalid" else "".join(f"/{part}" for part in escaped)
    else:
        pointer = "/".join(location)
    message = ENGLISH_BY_TYPE.get(kind) or str(error["msg"]).removeprefix("Value error, ")
    return FieldError(pointer, kind, message, KHMER_BY_TYPE.get(kind, "តម្លៃមិនត្រឹមត្រូវ") + _khmer_limit(error))


def _khmer_limit(error: ErrorDetails | Mapping[str, object]) -> str:
    """How small or large a value may be, as the English text says it too; nothing for errors without a limit."""
    name, words = LIMITS.get(str(error["type"]), ("", ""))
    limit = dict(error).get("ctx", {}).get(name)  # type: ignore[attr-defined]
    return "" if limit is None else f" ({words} {khmer_digits(str(limit))})"


def respond(request: Request, problem: Problem) -> JSONResponse:
    """Render a problem in the language the request asks for."""
    language = preferred_language(request.headers.get("accept-language"))
    return JSONResponse(
        problem.render(language, traces.trace_id()),
        status_code=problem.status,
        headers={"Content-Language": language, "Vary": "Accept-Language", **problem.headers},
        media_type="application/problem+json",
    )


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


def internal_error() -> Problem:
    """The answer to an unexpected error: it leaks nothing."""
    return InternalError(
        "internal_error",
        en="Something went wrong on our side. Give the trace_id to your administrator.",
        km="មានបញ្ហានៅខាងប្រព័ន្ធ។ សូមផ្ដល់លេខ trace_id ដល់អ្នកគ្រប់គ្រងប្រព័ន្ធ។",
    )


async def on_problem(request: Request, error: Exception) -> JSONResponse:
    """Render our own refusals."""
    assert isinstance(error, Problem)
    return respond(request, error)


async def on_validation_error(request: Request, error: Exception) -> JSONResponse:
    """Render what pydantic found."""
    assert isinstance(error, RequestValidationError)
    errors = [field_error(entry) for entry in error.errors()[:MAXIMUM_ERRORS]]
    malformed = any(entry.code == "json_invalid" for entry in errors)
    if not malformed and any(
        entry["loc"] == ("body",) and isinstance(entry.get("input"), bytes) for entry in error.errors()
    ):
        return respond(request, _not_sent_as_json())
    kind = BadRequest if malformed else Invalid
    return respond(
        request,
        kind(
            "invalid_json" if malformed else "invalid_request",
            en="The body is not valid JSON." if malformed else "Some fields are not right; each is named in errors.",
            km="តួសំណើមិនមែនជា JSON ត្រឹមត្រូវទេ។" if malformed else "វាលខ្លះមិនត្រឹមត្រូវ សូមមើលក្នុង errors។",
            errors=errors,
        ),
    )


def _not_sent_as_json() -> Problem:
    """The refusal of a body that was left unread because its Content-Type is not that of JSON."""
    return UnsupportedMediaType(
        "content_type_unsupported",
        en="Send the body as JSON, with the header Content-Type: application/json.",
        km="សូមផ្ញើតួសំណើជា JSON ជាមួយក្បាល Content-Type: application/json។",
    )


async def on_http_exception(request: Request, error: Exception) -> JSONResponse:
    """Render what the framework raises by itself: unreadable body, unknown path, wrong method, oversized body."""
    assert isinstance(error, HTTPException)
    return respond(request, of_http_exception(error))


def of_http_exception(error: HTTPException) -> Problem:
    """Our own words for what the framework refuses."""
    if error.status_code == 404:
        return NotFound("not_found", en="There is nothing at this address.", km="មិនមានអ្វីនៅអាសយដ្ឋាននេះទេ។")
    if error.status_code == 405:
        return MethodNotAllowed(
            "method_not_allowed",
            en="This address does not take this method; Allow names those it takes.",
            km="អាសយដ្ឋាននេះមិនទទួលវិធីសាស្ត្រនេះទេ សូមមើលក្បាល Allow។",
            headers=dict(error.headers or {}),
        )
    if error.status_code == 413:
        return TooLarge("body_too_large", en="The body is larger than this address takes.", km="តួសំណើធំជាងកម្រិតដែលអនុញ្ញាត។")
    if error.status_code >= 500:
        return internal_error()
    return BadRequest("invalid_body", en="The body cannot be read.", km="មិនអាចអានតួសំណើបានទេ។")


async def on_database_error(request: Request, error: Exception) -> JSONResponse:
    """Render what the database refused, and log what is our fault."""
    if isinstance(error, DBAPIError | asyncpg.PostgresError):
        problem = of_database_error(error)
    elif isinstance(error, PoolTimeoutError) or is_connection_error(error):
        problem = ServiceUnavailable()
    else:
        problem = internal_error()
    if problem.status >= 500:
        log.error(
            "database_error",
            code=problem.code,
            error=type(getattr(error, "orig", error)).__name__,
            exc_info=problem.status == 500,
        )
    return respond(request, problem)


async def on_client_left(_: Request, error: Exception) -> Response:
    """End a request whose sender is gone without a word: there is no reader, and it is no mistake of ours."""
    assert isinstance(error, ClientDisconnect)
    return Response(status_code=CLIENT_LEFT)


async def on_unexpected(request: Request, error: Exception) -> JSONResponse:
    """Log an unexpected error with its stack; answer with the trace id alone."""
    log.error("unexpected_error", path=request.url.path, exc_info=error)
    return respond(request, internal_error())


def install(app: FastAPI) -> None:
    """Give an application all of them."""
    app.add_exception_handler(Problem, on_problem)
    app.add_exception_handler(RequestValidationError, on_validation_error)
    app.add_exception_handler(HTTPException, on_http_exception)
    app.add_exception_handler(ClientDisconnect, on_client_left)
    raw = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
    for kind in (DBAPIError, PoolTimeoutError, OSError, *raw):
        app.add_exception_handler(kind, on_database_error)
    app.add_exception_handler(Exception, on_unexpected)
