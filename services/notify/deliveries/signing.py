"""Standard Webhooks v1: the receiver can tell that a call is ours, unchanged and fresh."""

import base64
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from standardwebhooks import Webhook

SECRET_BYTES = 32
CONTENT_TYPE = "application/cloudevents+json"
USER_AGENT = "ISAF-Webhooks/1"


def new_secret() -> str:
    """A secret to be shown once."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def signed_headers(event_id: UUID, body: bytes, whsecs: Sequence[str], now: datetime) -> dict[str, str]:
    """The headers of a call at `now`; each valid secret signs, so that a receiver can change over."""
    text, in_utc = body.decode(), now.astimezone(UTC)  # the library takes any other zone's clock for that of UTC
    signatures = [Webhook(whsec).sign(msg_id=str(event_id), timestamp=in_utc, data=text) for whsec in whsecs]
    return {
        "content-type": CONTENT_TYPE,
        "user-agent": USER_AGENT,
        "webhook-id": str(event_id),
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
