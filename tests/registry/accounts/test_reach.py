"""Every way to take an account over is open to those alone who could give all that it holds."""

from collections.abc import Awaitable, Callable
from uuid import UUID, uuid4

import pytest
from httpx import Response

from services.registry.accounts.delegation import may_give
from services.registry.accounts.models import Account
from shared.auth.permissions import PERMISSIONS, Permission, Role
from shared.auth.user import Grant, User
from tests.registry.conftest import Registry, grant

HELD = [
    "citizen@020201",
    "caf@020201",
    "partner@0202",
    "district_officer@0202",
    "province_officer@02",
    "ncdds@",
    "operator@",
    "caf@030101",
]
WRITERS = [f"{role}@{area}" for role in sorted(PERMISSIONS[Permission.ACCOUNT_WRITE]) for area in ("", "02", "0202")]
GIVERS = [*WRITERS, *(f"{role}@" for role in Role if role not in PERMISSIONS[Permission.ACCOUNT_WRITE])]
Call = Callable[[Registry, UUID, str], Awaitable[Response]]
CALLS: dict[str, Call] = {
    "disable": lambda registry, account, giver: registry.post(f"/accounts/{account}:disable", giver),
    "reset-password": lambda registry, account, giver: registry.post(f"/accounts/{account}:reset-password", giver),
    "rotate-secret": lambda registry, account, giver: registry.post(f"/accounts/{account}:rotate-secret", giver),
    "change": lambda registry, account, giver: registry.patch(
        f"/accounts/{account}", giver, etag='"99"', json={"phone": "012345678"}
    ),
    "api-keys": lambda registry, account, giver: registry.post(
        f"/accounts/{account}/api-keys", giver, json={"name": "a key"}
    ),
    "list-keys": lambda registry, account, giver: registry.get(f"/accounts/{account}/api-keys", giver),
    "withdraw": lambda registry, account, giver: registry.post(
        f"/accounts/{account}/api-keys/{uuid4()}:withdraw", giver
    ),
    "enable": lambda registry, account, giver: registry.post(f"/accounts/{account}:enable", giver),
}
REFUSED = {"permission_missing", "grant_beyond_reach", "account_not_found"}


async def disabled_account(registry: Registry, held: str) -> UUID:
    """An account that holds one grant; whoever passes the rule meets that it is disabled, and changes nothing."""
    async with registry.client.runtime.database.transaction() as db:
        account = Account(kind="person", username=f"u{uuid4().hex}", display_name="Somebody")
        db.add(account)
        await db.flush()
        await db.refresh(account, ["grants"])
        account.give(Grant.parse(held))
        account.disable()
        return account.id


def may(giver: str, held: str) -> bool:
    return may_give(User(uuid4(), "", (Grant.parse(giver),)), Grant.parse(held))


@pytest.mark.parametrize("held", HELD)
async def test_who_may_take_an_account_over(registry: Registry, held: str) -> None:
    for giver in GIVERS:
        account = await disabled_account(registry, held)
        for name, call in CALLS.items():
            answer = await call(registry, account, giver)
            code = answer.json().get("code")
            assert (code in REFUSED) is not may(giver, held), f"{giver} {name} {held}: {answer.text}"
            assert (code == "permission_missing") is (giver not in WRITERS)
        (stored,) = await registry.rows("SELECT disabled_at FROM account WHERE id = :id", id=account)
        assert (stored.disabled_at is None) is may(giver, held)


@pytest.mark.parametrize("giver", WRITERS)
async def test_a_phone_account_gets_no_more_than_its_giver_may_give(registry: Registry, giver: str) -> None:
    for position, held in enumerate(HELD):
        body = {"kind": "person", "phone": f"01200010{position}", "display_name": "A", "grants": [grant(held)]}
        answer = await registry.post("/accounts", giver, json=body)
        assert answer.status_code == (201 if may(giver, held) else 403), f"{giver} {held}: {answer.text}"
