"""The Idempotency-Key header: a POST sent twice is done once and answered twice."""

import hmac
from dataclasses import dataclass
from functools import cache
from uuid import UUID

from fastapi import FastAPI, Request
from fastapi.responses import Response
from pydantic import SecretStr
from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from shared.crypto import derive_key
from shared.digits import khmer_digits
from shared.errors import Invalid

MAXIMUM_KEY_LENGTH = 128
STORED_HEADERS = ("content-type", "etag", "location", "cache-control")

CLAIM = text(
    "INSERT INTO idempotency_key (account, key, fingerprint) VALUES (:account, :key, :fingerprint)"
    " ON CONFLICT DO NOTHING RETURNING true"
)
FIND = text(
    "SELECT fingerprint, status, headers, body FROM idempotency_key WHERE account = :account AND key = :key"
).columns(headers=JSONB)
STORE = text(
    "UPDATE idempotency_key SET status = :status, headers = :headers, body = :body"
    " WHERE account = :account AND key = :key"
).bindparams(bindparam("headers", type_=JSONB))
FORGET = text("DELETE FROM idempotency_key WHERE created_at < now() - interval '7 days'")
"""A key is honoured for seven days, longer than a facilitator is usually without signal."""


@dataclass(frozen=True, slots=True)
class Claim:
    """This request's hold on its key, in the request's own transaction."""

    account: str
    key: str


class AlreadyAnswered(Exception):
    """Carries the answer that was given the first time."""

    def __init__(self, response: Response) -> None:
        self.response = response


async def claim(db: AsyncSession, request: Request, account_id: UUID | None) -> Claim | None:
    """Take the key for this request; a request under way with the same key is waited for.

    Raises AlreadyAnswered with the first answer, Invalid when the key was used for a different request.
    """
    key = request.headers.get("idempotency-key")
    if key is None or request.method != "POST":
        return None
    if not 1 <= len(key) <= MAXIMUM_KEY_LENGTH or not key.isascii() or not key.isprintable():
        raise Invalid.field(
            "header/Idempotency-Key",
            "idempotency_key_malformed",
            en=f"An Idempotency-Key has 1 to {MAXIMUM_KEY_LENGTH} printable ASCII characters; a UUID does well.",
            km=f"Idempotency-Key ត្រូវមានតួអក្សរ ASCII ពី ១ ដល់ {khmer_digits(MAXIMUM_KEY_LENGTH)}។",
        )
    fingerprint = await _fingerprint(request)
    mine = Claim(str(account_id or ""), key)
    row = {"account": mine.account, "key": key, "fingerprint": fingerprint}
    if await db.scalar(CLAIM, row):
        return mine
    found = (await db.execute(FIND, row)).one()
    if found.fingerprint != fingerprint:
        raise Invalid.field(
            "header/Idempotency-Key",
            "idempotency_key_reused",
            en="This Idempotency-Key was used for a different request. Use a new key for a new request.",
            km="Idempotency-Key នេះត្រូវបានប្រើសម្រាប់សំណើផ្សេង។ សូមប្រើលេខថ្មីសម្រាប់សំណើថ្មី។",
        )
    raise AlreadyAnswered(
        Response(found.body, found.status, {**found.headers, "Idempotency-Replayed": "true"}),
    )


async def _fingerprint(request: Request) -> bytes:
    """What tells this request from others.

    It is made under a key: a body may hold a password, which a plain hash would let be guessed from a copy of the
    database.
    """
    parts = [request.url.path.encode(), request.url.query.encode(), await request.body()]
    return hmac.digest(_key(request.app.state.runtime.settings.secret_key), b"\n".join(parts), "sha256")


@cache
def _key(secret: SecretStr) -> bytes:
    return derive_key(secret, "idempotency")


def keep_instead(request: Request, body: bytes) -> None:
    """Keep this body for repeats in place of the answer's own, which shows a secret that must not be stored."""
    request.state.body_to_keep = body


async def store(db: AsyncSession, mine: Claim, request: Request) -> None:
    """Keep the answer beside the write it belongs to."""
    response: Response = request.state.response
    headers = {name: response.headers[name] for name in STORED_HEADERS if name in response.headers}
    await db.execute(
        STORE,
        {
            "account": mine.account,
            "key": mine.key,
            "status": response.status_code,
            "headers": headers,
            "body": getattr(request.state, "body_to_keep", None) or bytes(response.body),
        },
    )


async def on_already_answered(_: Request, error: Exception) -> Response:
    """Give the first answer again."""
    assert isinstance(error, AlreadyAnswered)
    return error.response


def install(app: FastAPI) -> None:
    """Let an application answer repeated requests."""
    app.add_exception_handler(AlreadyAnswered, on_already_answered)
