"""Compilers that end with the test that started them."""

from collections.abc import Iterator

import pytest

from services.registry.posters.compiling import queue, zip_queue


@pytest.fixture(autouse=True, scope="module")
def ended() -> Iterator[None]:
    """End the processes that single posters and zips were made by."""
    yield
    queue.close()
    zip_queue.close()
