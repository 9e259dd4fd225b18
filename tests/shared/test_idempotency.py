"""A POST sent twice is done once and answered twice."""

import asyncio
import hashlib
from uuid import uuid4

from shared.idempotency import FORGET
from tests.shared.conftest import API, Toy

KEY = "Idempotency-Key"


async def test_the_same_request_gets_the_same_answer(toy: Toy) -> None:
    first = await toy.write("hello", **{KEY: "a-1"})
    again = await toy.write("hello", **{KEY: "a-1"})

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    for name in ("etag", "location", "content-type", "cache-control"):
        assert first.headers[name] == again.headers[name]
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert await toy.count("note") == 1
    assert await toy.count("outbox") == 1


async def test_without_a_key_each_request_counts(toy: Toy) -> None:
    for text in ("one", "two"):
        assert (await toy.write(text)).status_code == 201
    assert await toy.count("idempotency_key") == 0


async def test_a_key_used_for_another_request_is_refused(toy: Toy) -> None:
    await toy.write("hello", **{KEY: "a-1"})
    for answer in (
        await toy.write("other", **{KEY: "a-1"}),
        await toy.http.post(f"{API}/notes?loud=true", json={"text": "hello"}, headers={KEY: "a-1"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
        assert answer.json()["errors"][0]["pointer"] == "header/Idempotency-Key"
    assert await toy.count("note") == 1


async def test_a_copy_of_the_database_does_not_let_the_request_be_guessed(toy: Toy) -> None:
    answer = await toy.write("hello", **{KEY: "a-1"})
    request = answer.request
    plain = hashlib.sha256(b"\n".join([request.url.path.encode(), b"", request.content])).digest()
    [stored] = await toy.rows("SELECT fingerprint FROM idempotency_key")
    assert len(stored) == len(plain)
    assert stored != plain


async def test_the_same_key_at_the_same_time_runs_once(toy: Toy) -> None:
    note = (await toy.write("counted")).json()
    headers = toy.world.as_("citizen@", user_id=uuid4()) | {KEY: "many"}

    answers = await asyncio.gather(
        *(toy.http.post(f"{API}/notes/{note['id']}:count", headers=headers) for _ in range(8))
    )

    assert [answer.status_code for answer in answers] == [200] * 8
    assert {answer.json()["count"] for answer in answers} == {2}
    assert sum("idempotency-replayed" in answer.headers for answer in answers) == 7
    assert await toy.rows("SELECT version FROM note") == [2]


async def test_a_key_belongs_to_its_account(toy: Toy) -> None:
    note = (await toy.write("counted")).json()
    for count, who in enumerate((uuid4(), uuid4()), start=2):
        headers = toy.world.as_("citizen@", user_id=who) | {KEY: "shared"}
        answer = await toy.http.post(f"{API}/notes/{note['id']}:count", headers=headers)
        assert answer.json() == {"count": count}


async def test_a_request_that_was_refused_can_be_sent_again(toy: Toy) -> None:
    taken = (await toy.write("taken")).json()
    assert (await toy.write("taken", **{KEY: "retry"})).status_code == 409
    assert (await toy.write("crash", **{KEY: "crashed"})).status_code == 500
    assert await toy.count("idempotency_key") == 0

    await toy.http.patch(f"{API}/notes/{taken['id']}", json={"text": "free"}, headers={"If-Match": '"1"'})

    assert (await toy.write("taken", **{KEY: "retry"})).status_code == 201


async def test_a_key_that_is_none(toy: Toy) -> None:
    for key in (b"", b"x" * 129, "ស្វាយ".encode(), b"tab\there"):
        answer = await toy.http.post(f"{API}/notes", json={"text": "t"}, headers={KEY.encode(): key})
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_malformed"), key
    assert (await toy.write("longest", **{KEY: "x" * 128})).status_code == 201


async def test_reading_and_changing_need_no_key(toy: Toy) -> None:
    note = (await toy.write("read")).json()
    for _ in range(2):
        answer = await toy.http.get(f"{API}/notes/{note['id']}", headers={KEY: "get"})
        assert "idempotency-replayed" not in answer.headers
    assert await toy.count("idempotency_key") == 0


async def test_keys_are_forgotten_after_their_time(toy: Toy) -> None:
    for key in ("old", "young"):
        await toy.write(key, **{KEY: key})
    await toy.rows("UPDATE idempotency_key SET created_at = now() - interval '8 days' WHERE key = 'old'")
    async with toy.runtime.database.transaction() as db:
        await db.execute(FORGET)
    assert await toy.rows("SELECT key FROM idempotency_key") == ["young"]
