"""Compilers that end with the test that started them."""

from collections.abc import Iterator

import pytest

from services.registry.posters.compiling import queue


@pytest.fixture(autouse=True, scope="module")
def ended() -> Iterator[None]:
    """End the process that single posters were made by."""
    yield
    queue.close()
