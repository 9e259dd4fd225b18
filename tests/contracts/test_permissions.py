"""Every endpoint of every service lets in whom the permission table names, and nobody else."""

import re

import pytest
from httpx import AsyncClient, Response

from shared.auth.permissions import PERMISSIONS, Permission, Role
from tests.contracts.permission_walk import Endpoint, endpoints
from tests.registry.conftest import AREAS, Registry, add_areas
from tests.world import SERVICES, World

PUBLIC_WRITES = {
    "/api/registry/v1/token",
    "/api/registry/v1/sign-in-codes",
    "/api/registry/v1/sign-out",
    "/api/scorecard/v1/ballots",
    "/api/scorecard/v1/comments",
}
"""What anybody may send without a token: to get one, to have a code for it sent to a phone, to sign out by the refresh
token that ends with it (the access token may have run out), and to score with a phone and say more."""

CLOSED_ELSEWHERE = {(403, "area_not_covered"), (403, "grant_beyond_reach"), (404, "account_not_found")}


async def call(http: AsyncClient, endpoint: Endpoint, headers: dict[str, str]) -> Response:
    """Call an endpoint for something that is not there."""
    return await http.request(endpoint.method, endpoint.url, headers=headers)


@pytest.mark.parametrize("service", SERVICES)
async def test_an_endpoint_lets_in_whom_the_table_names(world: World, service: str) -> None:
    client = await world.start(service)
    for endpoint in endpoints(client.app):
        said = f"{endpoint.method} {endpoint.path}"
        if endpoint.access == "public":
            assert endpoint.method == "GET" or endpoint.path in PUBLIC_WRITES, f"{said} is open to anybody"
            continue
        anonymous = await call(client.http, endpoint, {})
        assert (anonymous.status_code, anonymous.json()["code"]) == (401, "sign_in_required"), said
        forged = await call(client.http, endpoint, {"Authorization": "Bearer x.y.z"})
        assert (forged.status_code, forged.json()["code"]) == (401, "invalid_token"), said
        if isinstance(endpoint.access, Permission):
            await walk_roles(world, client.http, endpoint, endpoint.access)


async def walk_roles(world: World, http: AsyncClient, endpoint: Endpoint, permission: Permission) -> None:
    """Call as each role with the whole country as its area."""
    for role in Role:
        answer = await call(http, endpoint, world.as_(f"{role}@"))
        kept_out = answer.status_code == 403 and answer.json()["code"] == "permission_missing"
        assert kept_out is (role not in PERMISSIONS[permission]), f"{role}: {endpoint.method} {endpoint.path}"
        assert answer.status_code < 500, answer.text


@pytest.mark.parametrize("service", SERVICES)
async def test_no_endpoint_is_open_outside_the_granted_area(world: World, service: str) -> None:
    """Operators of a province alone do not reach what concerns the whole installation."""
    client = await world.start(service)
    operating = [endpoint for endpoint in endpoints(client.app) if endpoint.access == Permission.OPERATE]
    assert len(operating) >= 3
    for endpoint in operating:
        answer = await call(client.http, endpoint, world.as_(f"{Role.OPERATOR}@02"))
        assert (answer.status_code, answer.json()["code"]) == (403, "area_not_covered"), endpoint.path


async def test_what_is_elsewhere_is_closed_to_whoever_may_do_so_here_alone(world: World) -> None:
    """A unit and an account that exist; what asks for a body or a version first is judged by its feature's tests."""
    client = await world.start("registry")
    async with client.runtime.database.transaction() as db:
        await add_areas(db, *AREAS)
    registry = Registry(world, client)
    unit, account = await registry.unit(area="020201"), await registry.person("caf@020201")
    real = {"/units/{code}": f"/units/{unit['code']}", "/v1/accounts/{account_id}": f"/v1/accounts/{account['id']}"}
    rest = {"grant_id": account["grants"][0]["id"], "year": "2026"}
    judged = set()
    for endpoint in endpoints(client.app):
        place = next((place for place in real if place in endpoint.path), None)
        if place is None or not isinstance(endpoint.access, Permission):
            continue
        path = endpoint.path.replace(place, real[place])
        path = re.sub(r"\{(\w+)\}", lambda match: rest.get(match[1], account["id"]), path)
        for role in PERMISSIONS[endpoint.access]:
            answer = await client.http.request(endpoint.method, path, headers=world.as_(f"{role}@0301"))
            if answer.status_code in (422, 428):
                continue
            refusal = (answer.status_code, answer.json()["code"])
            assert refusal in CLOSED_ELSEWHERE, f"{role}: {endpoint}"
            judged.add((endpoint.method, endpoint.path))
            if endpoint.method == "GET":
                inside = await client.http.get(path, headers=world.as_(f"{role}@0202"))
                assert (inside.status_code, inside.json().get("code")) not in CLOSED_ELSEWHERE, f"{role}: {endpoint}"
    assert len(judged) >= 14
