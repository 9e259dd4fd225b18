"""Whom outgoing connections trust."""

import ssl
from functools import cache

import httpx


@cache
def authorities() -> ssl.SSLContext:
    """The certificate authorities, read once: a context of its own would cost each client 30 ms and 4 MB."""
    return httpx.create_ssl_context()
