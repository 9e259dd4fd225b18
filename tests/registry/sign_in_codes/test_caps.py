"""How many codes leave, for a phone, from an address and in all."""

import asyncio

import pytest

from services.registry.sign_in_codes.caps import network_of
from tests.registry.conftest import API, Registry
from tests.registry.sign_in_codes.conftest import Phones


async def ask(registry: Registry, phone: str, address: str = "203.0.113.9") -> tuple[int, int]:
    """The status, and how long to wait."""
    answer = await registry.client.http.post(
        f"{API}/sign-in-codes", json={"phone": phone}, headers={"x-envoy-external-address": address}
    )
    return answer.status_code, int(answer.headers.get("retry-after", 0))


async def pass_time(registry: Registry, interval: str) -> None:
    await registry.execute("UPDATE cap SET ends_at = ends_at - CAST(CAST(:by AS text) AS interval)", by=interval)


async def test_a_phone_gets_three_in_a_quarter_of_an_hour_and_ten_a_day(registry: Registry, phones: Phones) -> None:
    answers = await asyncio.gather(*(ask(registry, "012 345 678") for _ in range(6)))
    assert sorted(status for status, _ in answers) == [202, 202, 202, 429, 429, 429]
    assert {wait for status, wait in answers if status == 429} <= {899, 900}
    assert (await ask(registry, "012 345 679"))[0] == 202
    for _ in range(7):
        await pass_time(registry, "16 minutes")
        assert (await ask(registry, "012 345 678"))[0] == 202
    await pass_time(registry, "16 minutes")
    status, wait = await ask(registry, "012 345 678")
    assert status == 429
    assert wait > 20 * 3600
    await pass_time(registry, "1 day")
    assert (await ask(registry, "012 345 678"))[0] == 202
    assert len(phones.messages) == 12


async def test_an_address_and_the_day_have_their_caps(registry: Registry, phones: Phones) -> None:
    settings = registry.client.runtime.settings
    registry.client.runtime.settings = settings.model_copy(update={"sms_per_address_per_hour": 2, "sms_per_day": 4})
    asked = [(f"012 345 67{n}", f"2001:db8::{n}") for n in range(3)]
    assert [(await ask(registry, *one))[0] for one in asked] == [202, 202, 429]
    others = [(f"012 345 68{n}", f"203.0.113.{n}") for n in range(3)]
    assert [(await ask(registry, *one))[0] for one in others] == [202, 202, 429]
    assert len(phones.messages) == 4
    await pass_time(registry, "1 day")
    assert (await ask(registry, *others[2]))[0] == 202
    await pass_time(registry, "3 days")
    await ask(registry, *others[1])
    assert len(await registry.rows("SELECT 1 FROM cap")) == 4


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("testclient", "unknown"),
        ("", "unknown"),
    ],
)
def test_a_customer_is_an_address_or_a_64(address: str, network: str) -> None:
    assert network_of(address) == network
