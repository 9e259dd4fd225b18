"""One installation for all faults: it must be well after each."""

from collections.abc import Iterator

import pytest

from deploy.local.stack import Stack
from tests.installation import operator_token, running_stack


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Every part, on free ports."""
    with running_stack(tmp_path_factory.mktemp("faults") / "data") as stack:
        yield stack


@pytest.fixture(scope="session")
def token(stack: Stack) -> str:
    """The operator's."""
    return operator_token(stack)
