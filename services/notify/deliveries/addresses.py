"""The address a webhook goes to: never one inside our own network.

A partner chooses the URL, so it could name our database, a cloud's metadata service or a neighbour's router. The name
is looked up once, every address it has must be public, and the connection goes to the very address that was checked: a
name that changes between check and call gains nothing.
"""

import asyncio
import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

NAT64 = ip_network("64:ff9b::/96")
SIX_TO_FOUR = ip_network("2002::/16")
TEREDO = ip_network("2001::/32")


class ForbiddenAddress(Exception):
    """The host has an address that we do not call."""


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address is one of the open internet; an IPv6 form that wraps an IPv4 address counts as that one."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if address in NAT64:
            return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
        if address in SIX_TO_FOUR or address in TEREDO or address.is_site_local:
            return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


async def checked_address(host: str) -> str:
    """The address to connect to. Raises ForbiddenAddress, or OSError when the name is not known."""
    found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    addresses = [ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
    for address in addresses:
        if not is_public(address):
            raise ForbiddenAddress("the host has an address that is not public")
    return str(addresses[0])
