"""The providers that send a code."""

import json
from collections.abc import Callable

import httpx
import pytest
from pydantic import SecretStr, ValidationError

from services.registry.sign_in_codes.sms import NoSms, filled, sms_of
from tests.registry.conftest import API, Registry

HTTP = {
    "sms_provider": "http",
    "sms_url": "https://sms.test/send",
    "sms_secret": SecretStr("bearer of messages"),
    "sms_template": '{"messages": [{"to": "{phone}", "body": "{text}"}], "from": "ISAF"}',
}


def provider(registry: Registry, answer: Callable[[httpx.Request], httpx.Response]) -> list[httpx.Request]:
    """Put a provider behind the registry's client; what it was asked is in the list."""
    asked: list[httpx.Request] = []

    def heard(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return answer(request)

    runtime = registry.client.runtime
    runtime.settings = runtime.settings.model_copy(update=HTTP)
    runtime.http = httpx.AsyncClient(transport=httpx.MockTransport(heard))
    return asked


async def test_a_provider_gets_its_own_json_and_secret_and_no_connection_is_held(registry: Registry) -> None:
    held: list[int] = []

    def answer(_: httpx.Request) -> httpx.Response:
        held.append(registry.client.runtime.database.engine.pool.checkedout())  # type: ignore[attr-defined]
        return httpx.Response(202)

    asked = provider(registry, answer)
    assert (await registry.post("/sign-in-codes", json={"phone": "012 345 678"})).status_code == 202
    (request,) = asked
    body = json.loads(request.content)
    assert (body["from"], body["messages"][0]["to"]) == ("ISAF", "+85512345678")
    assert "ISAF" in body["messages"][0]["body"]
    assert request.headers["authorization"] == "Bearer bearer of messages"
    assert held == [0]


async def test_a_provider_that_fails_is_asked_once_more_and_then_the_code_is_void(registry: Registry) -> None:
    def away(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("away")

    for failing in (away, lambda _: httpx.Response(500), lambda _: httpx.Response(302, headers={"location": "/"})):
        asked = provider(registry, failing)
        answer = await registry.client.http.post(f"{API}/sign-in-codes", json={"phone": "012 345 678"})
        assert (answer.status_code, answer.json()["code"]) == (503, "sms_not_sent")
        assert answer.headers["retry-after"] == "60"
        assert len(asked) == 2
        assert await registry.rows("SELECT 1 FROM sign_in_code") == []


async def test_the_second_try_may_do(registry: Registry) -> None:
    statuses = iter((502, 200))
    provider(registry, lambda _: httpx.Response(next(statuses)))
    assert (await registry.post("/sign-in-codes", json={"phone": "012 345 678"})).status_code == 202


async def test_production_has_no_codes_in_its_log(registry: Registry) -> None:
    runtime = registry.client.runtime
    runtime.settings = runtime.settings.model_copy(update={"environment": "production"})
    assert isinstance(sms_of(runtime), NoSms)
    answer = await registry.post("/sign-in-codes", json={"phone": "012 345 678"})
    assert (answer.status_code, answer.json()["code"]) == (503, "sms_not_set_up")


def test_a_value_cannot_break_out_of_the_template() -> None:
    template = {"a": ["{phone}", 7, None], "{text}": "to {phone}: {text}"}
    assert filled(template, {"{phone}": '"}', "{text}": "x"}) == {"a": ['"}', 7, None], "{text}": 'to "}: x'}


@pytest.mark.parametrize(
    "half",
    [
        {"sms_provider": "console", "environment": "production"},
        {"sms_provider": "http"},
        {"sms_provider": "http", "sms_url": "https://sms.test"},
        HTTP | {"sms_url": "http://sms.test", "environment": "production"},
        HTTP | {"sms_template": "{phone} {text}"},
        HTTP | {"sms_template": '{"to": "{phone}"}'},
    ],
)
async def test_half_a_provider_is_refused_at_the_start(registry: Registry, half: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match="ISAF_SMS"):
        registry.world.settings("registry", **half)
