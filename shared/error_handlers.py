"""One place where every error becomes problem+json."""

import asyncpg
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from shared import traces
from shared.database_errors import is_connection_error, of_database_error
from shared.errors import (
    BadRequest,
    Invalid,
    MethodNotAllowed,
    NotFound,
    Problem,
    ServiceUnavailable,
    TooLarge,
    UnsupportedMediaType,
    internal_error,
)
from shared.field_errors import field_error
from shared.language import preferred_language

log = structlog.get_logger()

CLIENT_LEFT = 499
"""The status in the metrics of a request whose sender left before its end, as proxies count it; nobody reads it."""
MAXIMUM_ERRORS = 100
"""An answer names no more wrong fields than that."""


def respond(request: Request, problem: Problem) -> JSONResponse:
    """Render a problem in the language the request asks for."""
    language = preferred_language(request.headers.get("accept-language"))
    return JSONResponse(
        problem.render(language, traces.trace_id()),
        status_code=problem.status,
        headers={"Content-Language": language, "Vary": "Accept-Language", **problem.headers},
        media_type="application/problem+json",
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
