"""Where a webhook may not go."""

import asyncio
import socket
from ipaddress import ip_address
from typing import Any

import pytest

from services.notify.deliveries.addresses import ForbiddenAddress, checked_address, is_public


@pytest.mark.parametrize("address", ["8.8.8.8", "103.16.62.1", "2606:4700::1111", "64:ff9b::808:808"])
def test_open_internet(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",  # noqa: S104
        "127.0.0.1",
        "127.9.9.9",
        "10.0.0.5",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "192.0.2.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fec0::1",
        "fc00::1",
        "fd00:ec2::254",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::",
        "2001:0:7f00:1::",
        "2001:db8::1",
    ],
)
def test_not_open_internet(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "localhost", "::1", "169.254.169.254"]
)
async def test_a_host_of_our_own_network_is_refused_however_it_is_written(host: str) -> None:
    with pytest.raises(ForbiddenAddress):
        await checked_address(host)


async def test_a_public_address_is_given_back() -> None:
    assert await checked_address("8.8.8.8") == "8.8.8.8"


async def test_one_private_address_among_public_ones_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    async def resolve(host: str, port: None, **_: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0)) for address in ("8.8.8.8", "169.254.169.254")]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", resolve)
    with pytest.raises(ForbiddenAddress, match="not public"):
        await checked_address("partner.example")
