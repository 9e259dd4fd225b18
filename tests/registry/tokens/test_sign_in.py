"""Signing in with passwords, and what slows down those who guess them."""

import asyncio
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.tokens import passwords
from services.registry.tokens.models import FREE_TRIES, LONGEST_WAIT, SignInFailure, wait_after
from shared.errors import ServiceUnavailable
from tests.registry.conftest import PASSWORD, Registry, grant


def count_checks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The passwords that are put to argon2 from now on."""
    checked: list[str] = []
    verify = passwords._verify

    def noted(password_hash: str | None, password: str) -> bool:
        checked.append(password)
        return verify(password_hash, password)

    monkeypatch.setattr(passwords, "_verify", noted)
    return checked


async def test_a_person_signs_in_and_is_known_with_the_grants_of_now(registry: Registry) -> None:
    account = await registry.person("caf@020201")
    answer = await registry.sign_in(" Sok.Dara ")
    assert answer.status_code == 200
    assert (answer.headers["cache-control"], answer.headers["pragma"]) == ("no-store", "no-cache")
    body = answer.json()
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 900)
    user = await registry.client.runtime.tokens.verify(body["access_token"])
    assert (str(user.id), user.name, [str(held) for held in user.grants]) == (
        account["id"],
        "Sok Dara",
        ["caf@020201"],
    )
    await registry.post(f"/accounts/{account['id']}/grants", "operator@", json=grant("jaapc@020201"))
    later = (await registry.token(grant_type="refresh_token", refresh_token=body["refresh_token"])).json()
    user = await registry.client.runtime.tokens.verify(later["access_token"])
    assert [str(held) for held in user.grants] == ["caf@020201", "jaapc@020201"]


async def test_blanks_belong_to_a_password_and_its_letters_may_be_composed_either_way(registry: Registry) -> None:
    body = {"kind": "person", "username": "cafe", "display_name": "A", "grants": [grant("citizen@")]}
    made = await registry.post("/accounts", "operator@", json=body | {"password": " un café à Kep "})
    assert made.status_code == 201
    assert (await registry.sign_in("cafe", " un café à Kep ")).status_code == 200
    assert (await registry.sign_in("cafe", " un cafe\u0301 a\u0300 Kep ")).status_code == 200
    assert (await registry.sign_in("cafe", "un café à Kep")).status_code == 400


async def test_a_wrong_password_an_unknown_name_and_a_disabled_account_look_the_same(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    await registry.person("caf@020201")
    disabled = await registry.person("caf@020201", username="left.us")
    await registry.post(f"/accounts/{disabled['id']}:disable", "operator@")
    checked = count_checks(monkeypatch)
    answers = [
        await registry.sign_in(password="not the password"),
        await registry.sign_in("nobody.here"),
        await registry.sign_in("left.us"),
    ]
    seen = {(answer.status_code, answer.json()["error"], answer.json()["detail"]) for answer in answers}
    assert seen == {(400, "invalid_grant", "The username or the password is not right.")}
    assert len(checked) == len(answers)
    assert all(answer.headers["cache-control"] == "no-store" for answer in answers)


async def test_after_five_failures_the_username_waits(registry: Registry) -> None:
    await registry.person("caf@020201")
    for _ in range(FREE_TRIES):
        assert (await registry.sign_in(password="wrong")).status_code == 400
    for password in ("wrong", PASSWORD):
        refused = await registry.sign_in("SOK.dara", password)
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_tries")
        assert 0 < int(refused.headers["retry-after"]) <= 30
    await registry.execute("UPDATE sign_in_failure SET last_at = last_at - interval '31 seconds'")
    assert (await registry.sign_in(password="wrong")).status_code == 400
    refused = await registry.sign_in()
    assert 30 < int(refused.headers["retry-after"]) <= 60
    await registry.execute("UPDATE sign_in_failure SET last_at = last_at - interval '61 seconds'")
    assert (await registry.sign_in()).status_code == 200
    assert await registry.rows("SELECT 1 FROM sign_in_failure") == []


async def test_unknown_usernames_wait_as_well_and_are_not_kept_readable(registry: Registry) -> None:
    for _ in range(FREE_TRIES):
        await registry.sign_in("nobody.here", "wrong")
    assert (await registry.sign_in("nobody.here", "wrong")).status_code == 429
    assert (await registry.sign_in("somebody.else", "wrong")).status_code == 400
    (stored,) = await registry.rows("SELECT username_hash FROM sign_in_failure WHERE failures > 1")
    assert b"nobody" not in stored.username_hash
    assert stored.username_hash != sha256(b"nobody.here").digest()
    await registry.execute("UPDATE sign_in_failure SET last_at = last_at - interval '2 hours'")
    await registry.sign_in("a.third", "wrong")
    assert len(await registry.rows("SELECT 1 FROM sign_in_failure")) == 1


async def test_guessing_in_parallel_gains_no_tries(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    await registry.person("caf@020201")
    checked = count_checks(monkeypatch)
    answers = await asyncio.gather(*(registry.sign_in(password=f"guess {n}") for n in range(30)))
    assert {answer.status_code for answer in answers} == {400, 429}
    assert len(checked) <= FREE_TRIES + passwords.AT_ONCE - 1


async def test_a_password_that_is_replaced_while_it_is_checked_signs_nobody_in(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = await registry.person("caf@020201")
    check = passwords.matches

    async def reset_meanwhile(password_hash: str | None, password: str) -> bool:
        right = await check(password_hash, password)
        assert (await registry.post(f"/accounts/{account['id']}:reset-password", "operator@")).status_code == 200
        return right

    monkeypatch.setattr(passwords, "matches", reset_meanwhile)
    assert (await registry.sign_in()).status_code == 400
    assert await registry.rows("SELECT 1 FROM sign_in") == []


async def test_a_long_queue_turns_people_away(monkeypatch: pytest.MonkeyPatch) -> None:
    turns = passwords.Turns()
    monkeypatch.setattr(passwords, "LONGEST_QUEUE", 2)
    async with turns.one(), turns.one():
        with pytest.raises(ServiceUnavailable, match="sign_in_busy"):
            async with turns.one():
                pass
    async with turns.one():
        pass


@given(st.integers(0, 10_000))
def test_the_wait_never_shrinks_and_has_an_end(failures: int) -> None:
    assert timedelta(0) <= wait_after(failures) <= wait_after(failures + 1) <= LONGEST_WAIT
    assert (wait_after(failures) > timedelta(0)) is (failures >= FREE_TRIES)


def test_the_wait_runs_out() -> None:
    now = datetime.now(UTC)
    failure = SignInFailure(username_hash=b"", failures=FREE_TRIES, last_at=now - timedelta(seconds=20))
    assert failure.wait(now) == timedelta(seconds=10)
    assert failure.wait(now + timedelta(seconds=10)) == timedelta(0)
    assert failure.wait(now + timedelta(days=1)) == timedelta(0)
