import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from standardwebhooks.webhooks import Webhook

from simulate.receiver import Receiver

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with Receiver() as running:
        yield running


def signed(event: dict[str, Any], *, secret: str = SECRET, at: datetime | None = None) -> dict[str, Any]:
    body = json.dumps(event)
    sent_at = at or datetime.now(UTC)
    headers = {
        "webhook-id": event["id"],
        "webhook-timestamp": str(int(sent_at.timestamp())),
        "webhook-signature": Webhook(secret).sign(event["id"], sent_at, body),
    }
    return {"content": body, "headers": headers}


async def test_a_genuine_event_is_kept_once_however_often_it_comes(receiver: Receiver) -> None:
    url = receiver.open("0203")
    mailbox = receiver.mailboxes["0203"]
    mailbox.secret = SECRET
    event = {"id": "e1", "type": "isaf.jaap.plan.opened.v1", "data": {}}
    async with httpx.AsyncClient() as client:
        answers = [await client.post(url, **signed(event)) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert mailbox.types() == {"isaf.jaap.plan.opened.v1": 1}
    assert (mailbox.repeats, mailbox.forged) == (2, 0)


async def test_what_is_forged_stale_or_misaddressed_is_not_taken(receiver: Receiver) -> None:
    url = receiver.open("0203")
    mailbox = receiver.mailboxes["0203"]
    mailbox.secret = SECRET
    event = {"id": "e1", "type": "x"}
    other = "whsec_" + "A" * 32
    tampered = signed(event) | {"content": json.dumps({**event, "type": "y"})}
    renamed = signed(event)
    renamed["headers"]["webhook-id"] = "e2"
    async with httpx.AsyncClient() as client:
        bad = [
            signed(event, secret=other),
            signed(event, at=datetime.now(UTC) - timedelta(hours=1)),
            tampered,
            renamed,
            {"content": json.dumps(event)},
            {"content": b"\xff", "headers": signed(event)["headers"]},
        ]
        assert [(await client.post(url, **each)).status_code for each in bad] == [401] * len(bad)
        assert (await client.post(url.replace("/hooks/0203", "/hooks/0204"), **signed(event))).status_code == 404
        assert (await client.get(url)).status_code == 404
    assert mailbox.events == {}
    assert mailbox.forged == len(bad)
