"""What a unit's QR code carries: a token for one round and unit that verifies without a look-up."""

import base64
import binascii
import hashlib
import hmac
from functools import lru_cache
from typing import Annotated, NamedTuple
from uuid import UUID

from fastapi import Depends, Request
from pydantic import SecretStr

from shared.crypto import derive_key
from shared.errors import Conflict, Invalid

FIRST_FORMAT = b"\x01"
"""Round and unit; what was printed so is the unit's version 1."""
LATER_FORMAT = b"\x02"
"""The version in two bytes, round and unit."""
SIGNATURE_BYTES = 16
ROUND_BYTES = 16
VERSION_BYTES = 2
LAST_VERSION = 2 ** (8 * VERSION_BYTES) - 1
TOKENS_KNOWN = 4096
LONGEST_TOKEN = 200


class Scanned(NamedTuple):
    """What a token says."""

    round_id: UUID
    unit_code: str
    version: int
    """Of the unit's link: one that was renewed since holds no longer (scorecard.link_version)."""


class BallotLinks:
    """Makes and reads ballot tokens, and blinds phone ids, under keys derived from the service's secret."""

    def __init__(self, secret: SecretStr) -> None:
        self._link_key = derive_key(secret, "scorecard.ballot-links")
        self._phone_key = derive_key(secret, "scorecard.phones")
        self._known = lru_cache(TOKENS_KNOWN)(self._read)

    def token(self, round_id: UUID, unit_code: str, version: int = 1) -> str:
        """URL-safe text of format, round, unit and a truncated HMAC."""
        prefix = FIRST_FORMAT if version == 1 else LATER_FORMAT + version.to_bytes(VERSION_BYTES, "big")
        content = prefix + round_id.bytes + unit_code.encode()
        return base64.urlsafe_b64encode(content + self._sign(content)).decode().rstrip("=")

    def read(self, token: str) -> Scanned | None:
        """The token's round, unit and version; None when it is not one of ours. Many phones bring the same token.

        What is longer than any token is not remembered: an address may have 60 KB, and memory would fill with them.
        """
        return self._known(token) if len(token) <= LONGEST_TOKEN else None

    def _read(self, token: str) -> Scanned | None:
        try:
            raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except (ValueError, binascii.Error):
            return None
        content, signature = raw[:-SIGNATURE_BYTES], raw[-SIGNATURE_BYTES:]
        if not hmac.compare_digest(signature, self._sign(content)) or content[:1] not in (FIRST_FORMAT, LATER_FORMAT):
            return None
        start = 1 if content[:1] == FIRST_FORMAT else 1 + VERSION_BYTES
        version = int.from_bytes(content[1:start], "big") if start > 1 else 1
        return Scanned(
            UUID(bytes=content[start : start + ROUND_BYTES]), content[start + ROUND_BYTES :].decode(), version
        )

    def scan(self, token: str | None, round_id: UUID) -> Scanned:
        """What the token of a phone's ballot or comment says. Raises Invalid where there is none of the round."""
        if token is None:
            raise Invalid.field(
                "/ballot_token",
                "ballot_token_required",
                en="Send the token of the unit's QR code, or sign in as a facilitator.",
                km="សូមផ្ញើលេខសម្គាល់ពីកូដ QR របស់អង្គភាព ឬចូលប្រើជាអ្នកសម្របសម្រួល។",
            )
        scanned = self.read(token)
        if scanned is None or scanned.round_id != round_id:
            raise token_invalid()
        return scanned

    def blind(self, round_id: UUID, unit_code: str, device_id: str) -> bytes:
        """A phone's id as it goes to the database: different for each round and unit, so that nothing links them."""
        message = b"\0".join([round_id.bytes, unit_code.encode(), device_id.encode()])
        return hmac.digest(self._phone_key, message, hashlib.sha256)

    def _sign(self, content: bytes) -> bytes:
        return hmac.digest(self._link_key, content, hashlib.sha256)[:SIGNATURE_BYTES]


links_under = lru_cache(maxsize=4)(BallotLinks)


async def ballot_links(request: Request) -> BallotLinks:
    """The running service's; a plain function would be called in a thread."""
    return links_under(request.app.state.runtime.settings.secret_key)


Links = Annotated[BallotLinks, Depends(ballot_links)]


def token_invalid() -> Invalid:
    """The refusal of a token that is not ours or is another unit's."""
    return Invalid.field(
        "/ballot_token",
        "ballot_token_invalid",
        en="This ballot link does not hold for this unit and round. Scan the QR code at the unit again.",
        km="តំណសន្លឹកឆ្នោតនេះមិនត្រឹមត្រូវសម្រាប់អង្គភាព និងជុំវាយតម្លៃនេះទេ។ សូមស្កេនកូដ QR នៅអង្គភាពម្ដងទៀត។",
    )


def token_replaced() -> Conflict:
    """The refusal of a token that was ours, before the unit's link was renewed."""
    return Conflict(
        "ballot_token_replaced",
        en="This QR code was replaced by a new one. Scan the one that hangs at the unit now.",
        km="កូដ QR នេះត្រូវបានជំនួសដោយកូដថ្មី។ សូមស្កេនកូដដែលបិទនៅអង្គភាពបច្ចុប្បន្ន។",
    )
