"""What a unit's QR code carries: a token for one round and unit that verifies without a look-up."""

import base64
import binascii
import hashlib
import hmac
from functools import lru_cache
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from pydantic import SecretStr

from shared.crypto import derive_key
from shared.errors import Invalid

FORMAT = b"\x01"
SIGNATURE_BYTES = 16
ROUND_BYTES = 16


class BallotLinks:
    """Makes and reads ballot tokens, and blinds phone ids, under keys derived from the service's secret."""

    def __init__(self, secret: SecretStr) -> None:
        self._link_key = derive_key(secret, "scorecard.ballot-links")
        self._phone_key = derive_key(secret, "scorecard.phones")

    def token(self, round_id: UUID, unit_code: str) -> str:
        """URL-safe text of format, round, unit and a truncated HMAC."""
        content = FORMAT + round_id.bytes + unit_code.encode()
        return base64.urlsafe_b64encode(content + self._sign(content)).decode().rstrip("=")

    def read(self, token: str) -> tuple[UUID, str] | None:
        """The token's round and unit; None when it is not one of ours."""
        try:
            raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except (ValueError, binascii.Error):
            return None
        content, signature = raw[:-SIGNATURE_BYTES], raw[-SIGNATURE_BYTES:]
        if not hmac.compare_digest(signature, self._sign(content)) or content[:1] != FORMAT:
            return None
        return UUID(bytes=content[1 : 1 + ROUND_BYTES]), content[1 + ROUND_BYTES :].decode()

    def blind(self, round_id: UUID, unit_code: str, device_id: str) -> bytes:
        """A phone's id as it goes to the database: different for each round and unit, so that nothing links them."""
        message = b"\0".join([round_id.bytes, unit_code.encode(), device_id.encode()])
        return hmac.digest(self._phone_key, message, hashlib.sha256)

    def _sign(self, content: bytes) -> bytes:
        return hmac.digest(self._link_key, content, hashlib.sha256)[:SIGNATURE_BYTES]


links_under = lru_cache(maxsize=4)(BallotLinks)


def ballot_links(request: Request) -> BallotLinks:
    """The running service's."""
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
