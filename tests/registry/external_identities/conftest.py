"""The registry beside an issuer of another organisation."""

from collections.abc import Iterator
from typing import Any

import pytest
from httpx import Response

from tests.registry.conftest import AREAS, OPERATOR, Registry, add_areas
from tests.registry.external_identities.issuer import ID_TOKEN, Issuer, serving
from tests.world import World

EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"


async def exchange(registry: Registry, token: str, **more: str) -> Response:
    """Send a token of another issuer to the token endpoint."""
    form = {"grant_type": EXCHANGE, "subject_token": token, "subject_token_type": ID_TOKEN}
    return await registry.token(**(form | more))


async def linked(registry: Registry, issuer: str, subject: str = "dara") -> dict[str, Any]:
    """A facilitator whose account an operator has linked."""
    account = await registry.person("caf@020201")
    answer = await registry.post(
        f"/accounts/{account['id']}/external-identities",
        "operator@",
        user_id=OPERATOR,
        json={"issuer": issuer, "subject": subject},
    )
    assert answer.status_code == 201, answer.text
    return account


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    """An issuer that the registry is told of."""
    with serving() as served:
        yield served


@pytest.fixture
async def registry(world: World, issuer: Issuer) -> Registry:
    """The registry, told of the issuer."""
    client = await world.start("registry", oidc_issuers=(issuer.settings(),))
    async with client.runtime.database.transaction() as db:
        await add_areas(db, *AREAS)
    return Registry(world, client)
