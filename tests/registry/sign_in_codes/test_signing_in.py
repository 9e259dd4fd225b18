"""Signing in with a phone and a code."""

import asyncio

import pytest
from httpx import Response
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from services.registry.phones import masked_phone, sign_in_phone
from tests.registry.conftest import Registry, grant, until_waiting
from tests.registry.sign_in_codes.conftest import PHONE_GRANT, Phones

PHONE = "012 345 678"
CAF = {"kind": "person", "phone": PHONE, "display_name": "Chan Sophea", "grants": [grant("caf@020201")]}


async def sign_in(registry: Registry, code: str, phone: str = PHONE, **form: str) -> Response:
    return await registry.token(grant_type=PHONE_GRANT, phone=phone, code=code, **form)


async def test_a_facilitator_signs_in_with_a_code(registry: Registry, phones: Phones) -> None:
    made = await registry.post("/accounts", "district_officer@0202", json=CAF)
    assert (made.status_code, made.json()["username"], made.json()["phone"]) == (201, None, "+85512•••678")
    sent = await registry.post("/sign-in-codes", json={"phone": "០១២-៣៤៥-៦៧៨"})
    assert (sent.status_code, sent.json(), sent.headers["cache-control"]) == (202, {"expires_in": 300}, "no-store")
    assert phones.messages[0][0] == "+85512345678"
    answer = await sign_in(registry, phones.code(), device="Samsung A04")
    assert answer.status_code == 200
    user = await registry.client.runtime.tokens.verify(answer.json()["access_token"])
    assert (str(user.id), [str(held) for held in user.grants]) == (made.json()["id"], ["caf@020201"])
    own = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    mine = (await registry.client.http.get("/api/registry/v1/accounts/me", headers=own)).json()
    assert mine["phone"] == "+85512345678"
    refreshed = await registry.token(grant_type="refresh_token", refresh_token=answer.json()["refresh_token"])
    assert refreshed.status_code == 200


async def test_known_and_unknown_and_shut_out_phones_get_the_same_answer(registry: Registry, phones: Phones) -> None:
    made = await registry.post("/accounts", "operator@", json=CAF)
    shut = await registry.post("/accounts", "operator@", json=CAF | {"phone": "012 999 999"})
    await registry.post(f"/accounts/{shut.json()['id']}:disable", "operator@")
    answers = [
        await registry.post("/sign-in-codes", json={"phone": phone}) for phone in (PHONE, "098 111 222", "012 999 999")
    ]
    assert {(answer.status_code, answer.text) for answer in answers} == {(202, '{"expires_in":300}')}
    assert len(phones.messages) == 3
    refused = await sign_in(registry, phones.code(), "012 999 999")
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    assert made.json()["disabled"] is False


async def test_a_citizen_without_an_account_gets_one_that_may_do_nothing(registry: Registry, phones: Phones) -> None:
    await registry.post("/sign-in-codes", json={"phone": "098 111 222"})
    first = (await sign_in(registry, phones.code(), "098 111 222")).json()
    user = await registry.client.runtime.tokens.verify(first["access_token"])
    assert (user.name, user.grants) == ("+85598•••222", ())
    headers = {"Authorization": f"Bearer {first['access_token']}"}
    for path, status in (("/accounts/me", 200), ("/sessions", 200), ("/accounts", 403), ("/audit", 403)):
        answer = await registry.client.http.get(f"/api/registry/v1{path}", headers=headers)
        assert answer.status_code == status
    await registry.post("/sign-in-codes", json={"phone": "098 111 222"})
    again = (await sign_in(registry, phones.code(), "098 111 222", display_name="Nobody")).json()
    assert (await registry.client.runtime.tokens.verify(again["access_token"])).id == user.id


async def test_a_citizen_who_becomes_a_facilitator_keeps_the_account(registry: Registry, phones: Phones) -> None:
    await registry.post("/sign-in-codes", json={"phone": PHONE})
    token = (await sign_in(registry, phones.code(), display_name="សុភា")).json()["access_token"]
    citizen = await registry.client.runtime.tokens.verify(token)
    assert citizen.name == "សុភា"
    made = await registry.post("/accounts", "district_officer@0202", json=CAF)
    assert (made.status_code, made.json()["id"]) == (201, str(citizen.id))
    again = await registry.post("/accounts", "operator@", json=CAF)
    assert (again.status_code, again.json()["code"]) == (409, "phone_taken")


async def test_whoever_held_the_phone_before_does_not_become_the_facilitator(
    registry: Registry, phones: Phones, at_once: None
) -> None:
    """Signed in once with a borrowed or former phone, with another identity linked: neither gets the grants."""
    await registry.post("/sign-in-codes", json={"phone": PHONE})
    before = (await sign_in(registry, phones.code())).json()
    headers = {"Authorization": f"Bearer {before['access_token']}"}
    await registry.execute(
        "INSERT INTO external_identity (issuer, subject, account_id, linked_by)"
        " SELECT 'https://login.example.org', 'stranger', id, id FROM account"
    )
    made = await registry.post("/accounts", "district_officer@0202", json=CAF)
    assert made.status_code == 201
    refreshed = await registry.token(grant_type="refresh_token", refresh_token=before["refresh_token"])
    assert refreshed.status_code == 400
    assert (await registry.client.http.get("/api/registry/v1/accounts/me", headers=headers)).status_code == 401
    assert await registry.rows("SELECT 1 FROM external_identity") == []
    await registry.post("/sign-in-codes", json={"phone": PHONE})
    after = (await sign_in(registry, phones.code())).json()
    user = await registry.client.runtime.tokens.verify(after["access_token"])
    assert [str(held) for held in user.grants] == ["caf@020201"]
    actions = [row.action for row in await registry.rows("SELECT action FROM audit_entry ORDER BY id")]
    assert actions == ["created", "identity_removed", "sign_ins_ended", "grant_given"]


async def test_an_account_that_is_being_disabled_is_waited_for(registry: Registry, phones: Phones) -> None:
    await registry.post("/accounts", "operator@", json=CAF)
    await registry.post("/sign-in-codes", json={"phone": PHONE})
    async with registry.client.runtime.database.transaction() as db:
        await db.execute(text("SELECT FROM account FOR UPDATE"))
        signing_in = asyncio.create_task(sign_in(registry, phones.code()))
        await until_waiting(registry, signing_in)
        await db.execute(text("UPDATE account SET disabled_at = now()"))
    assert (await signing_in).status_code == 400
    assert await registry.rows("SELECT 1 FROM sign_in") == []


async def test_a_code_is_used_once(registry: Registry, phones: Phones) -> None:
    await registry.post("/sign-in-codes", json={"phone": PHONE})
    answers = await asyncio.gather(*(sign_in(registry, phones.code()) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [200, 400, 400]
    assert len(await registry.rows("SELECT 1 FROM account")) == 1


async def test_a_new_code_voids_the_last(registry: Registry, phones: Phones) -> None:
    await registry.post("/sign-in-codes", json={"phone": PHONE})
    old = phones.code()
    await registry.post("/sign-in-codes", json={"phone": PHONE})
    if old != phones.code():
        assert (await sign_in(registry, old)).status_code == 400
    assert (await sign_in(registry, phones.code())).status_code == 200


async def test_a_code_holds_five_minutes_and_five_tries(registry: Registry, phones: Phones) -> None:
    await registry.post("/sign-in-codes", json={"phone": PHONE})
    await registry.execute("UPDATE sign_in_code SET expires_at = expires_at - interval '301 seconds'")
    assert (await sign_in(registry, phones.code())).status_code == 400
    await registry.post("/sign-in-codes", json={"phone": PHONE})
    wrong = f"{(int(phones.code()) + 1) % 1_000_000:06}"
    guesses = await asyncio.gather(*(sign_in(registry, wrong) for _ in range(8)))
    assert {answer.status_code for answer in guesses} == {400}
    assert (await sign_in(registry, phones.code())).status_code == 400
    (stored,) = await registry.rows("SELECT tries FROM sign_in_code")
    assert stored.tries == 5


async def test_a_copy_of_the_database_shows_neither_code_nor_caps_key(registry: Registry, phones: Phones) -> None:
    await registry.post("/sign-in-codes", json={"phone": PHONE}, headers={"x-envoy-external-address": "203.0.113.9"})
    for table in ("sign_in_code", "cap", "audit_entry"):
        for row in await registry.rows(f"SELECT * FROM {table}"):  # noqa: S608 - a table's own name
            held = " ".join(bytes(value).decode("latin-1") if isinstance(value, bytes) else str(value) for value in row)
            assert not [told for told in (phones.code(), "12345678", "203.0.113") if told in held]


BAD_PHONES = [
    "",
    "12",
    "012 34",
    "0123456789012",
    "+1",
    "+85512",
    "hello",
    "012\x0034567",
    "+855 12 345 678 9 0",
    None,
    1,
]


async def test_what_is_no_phone_is_told(registry: Registry, phones: Phones) -> None:
    for phone in BAD_PHONES:
        answer = await registry.post("/sign-in-codes", json={"phone": phone})
        assert answer.status_code == 422, phone
        assert [error["pointer"] for error in answer.json()["errors"]] == ["/phone"]
    answer = await registry.post("/sign-in-codes", json={"phone": PHONE, "to": "x"})
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/to"]
    abroad = await registry.post("/sign-in-codes", json={"phone": "+1 415 555 0123"})
    assert (abroad.status_code, abroad.json()["code"]) == (422, "phone_country")
    for form in ({"phone": "12", "code": "123456"}, {"phone": PHONE}, {"code": "123456"}):
        refused = await registry.token(grant_type=PHONE_GRANT, **form)
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_request")
    assert phones.messages == []


@pytest.mark.parametrize(
    ("written", "phone"),
    [
        ("012345678", "+85512345678"),
        ("096 123 4567", "+855961234567"),
        ("+855 (0)12-345-678", "+85512345678"),
        ("00855 12 345 678", "+85512345678"),
        ("០៩៦ ១២៣ ៤៥៦៧", "+855961234567"),
        ("+66 81 234 5678", "+66812345678"),
    ],
)
def test_a_phone_has_one_form(written: str, phone: str) -> None:
    assert sign_in_phone(written) == phone
    assert sign_in_phone(phone) == phone


@given(st.text(max_size=30))
def test_any_text_is_a_phone_or_is_not(written: str) -> None:
    try:
        phone = sign_in_phone(written)
    except ValueError:
        return
    assert phone[0] == "+"
    assert phone[1:].isascii()
    assert phone[1:].isdigit()
    assert len(masked_phone(phone)) < len(phone) + 3
