"""Standard Webhooks v1."""

import base64
from datetime import UTC, datetime, timedelta, timezone
from uuid import uuid4

from standardwebhooks import Webhook

from services.notify.deliveries.models import MAXIMUM_ATTEMPTS, RETRY_SECONDS, wait_after
from services.notify.deliveries.signing import new_secret, signed_headers

BODY = '{"name": "មណ្ឌលសុខភាព"}'.encode()


def test_secrets_are_long_and_never_the_same() -> None:
    first, second = new_secret(), new_secret()
    assert first != second
    assert first.startswith("whsec_")
    assert len(base64.b64decode(first.removeprefix("whsec_"))) == 32


def test_every_given_secret_signs() -> None:
    secrets = [new_secret(), new_secret()]
    headers = signed_headers(uuid4(), BODY, secrets, datetime.now(UTC))
    assert len(headers["webhook-signature"].split(" ")) == 2
    for secret in secrets:
        assert Webhook(secret).verify(BODY, headers) == {"name": "មណ្ឌលសុខភាព"}


def test_the_time_signed_is_the_time_told_whatever_the_zone() -> None:
    secret, event_id = new_secret(), uuid4()
    in_phnom_penh = datetime.now(UTC).astimezone(timezone(timedelta(hours=7)))
    headers = signed_headers(event_id, BODY, [secret], in_phnom_penh)
    assert headers == signed_headers(event_id, BODY, [secret], in_phnom_penh.astimezone(UTC))
    Webhook(secret).verify(BODY, headers)


def test_waits_follow_the_schedule_and_end() -> None:
    for attempts, planned in enumerate(RETRY_SECONDS, start=1):
        for _ in range(20):
            wait = wait_after(attempts)
            assert wait is not None
            assert planned <= wait <= planned * 1.2
    assert wait_after(MAXIMUM_ATTEMPTS) is None
    assert wait_after(MAXIMUM_ATTEMPTS + 1) is None
    assert len({wait_after(1) for _ in range(20)}) > 1, "receivers that were down are not met by all at once"
