"""Every error is problem+json in the reader's language, and names the field."""

from enum import StrEnum
from typing import Any, Literal
from uuid import uuid4

import asyncpg
import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient, Response
from pydantic import BaseModel, Field, ValidationError

from shared.database_errors import is_outage
from shared.error_handlers import install
from shared.field_errors import field_error
from tests.shared.conftest import API, Toy

NOTES = f"{API}/notes"


def problem(answer: Response, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert (body["type"], body["status"], body["code"]) == ("about:blank", status, code)
    assert body["trace_id"] == answer.headers["x-trace-id"]
    assert body["title"]
    assert body["detail"]
    return body


async def test_each_field_is_named_by_a_json_pointer(toy: Toy) -> None:
    for body, pointer, code in [
        ({}, "/text", "missing"),
        ({"text": None}, "/text", "string_type"),
        ({"text": 7}, "/text", "string_type"),
        ({"text": ""}, "/text", "string_too_short"),
        ({"text": "   "}, "/text", "string_too_short"),
        ({"text": "x" * 4001}, "/text", "string_too_long"),
        ({"text": "a\x00b"}, "/text", "control_character"),
        ({"text": "t", "title": "\x1b[31m"}, "/title", "control_character"),
        ({"text": "t", "author": "me"}, "/author", "extra_forbidden"),
        ({"text": "t", "a/b~c": 1}, "/a~1b~0c", "extra_forbidden"),
        ({"text": "t", "price": -1}, "/price", "greater_than_equal"),
        ({"text": "t", "price": 1.0}, "/price", "int_type"),
        ({"text": "t", "price": "1"}, "/price", "int_type"),
        ({"text": "t", "price": 10**30}, "/price", "less_than_equal"),
        ({"text": "t", "tags": ["a", ""]}, "/tags/1", "string_too_short"),
        ({"text": "t", "tags": ["a"] * 4}, "/tags", "too_long"),
        ({"text": "t", "tags": "a"}, "/tags", "list_type"),
        ({"text": "t", "labels": {"x/y": ""}}, "/labels/x~1y", "string_too_short"),
        ({"text": "t", "id": "1"}, "/id", "uuid_parsing"),
        ([], "", "model_attributes_type"),
        ("text", "", "model_attributes_type"),
        (None, "", "missing"),
    ]:
        answer = await toy.http.post(NOTES, json=body)
        [error] = problem(answer, 422, "invalid_request")["errors"]
        assert (error["pointer"], error["code"]) == (pointer, code), body
        assert error["detail"]
    assert await toy.count("note") == 0


async def test_all_wrong_fields_are_named_at_once(toy: Toy) -> None:
    answer = await toy.http.post(NOTES, json={"price": "x", "tags": [1], "colour": "red"})
    errors = problem(answer, 422, "invalid_request")["errors"]
    assert {error["pointer"] for error in errors} == {"/text", "/price", "/tags/0", "/colour"}


async def test_a_body_of_a_thousand_wrong_fields_gets_a_short_answer(toy: Toy) -> None:
    answer = await toy.http.post(NOTES, json={"text": "t"} | {f"field{n}": n for n in range(1000)})
    assert len(problem(answer, 422, "invalid_request")["errors"]) == 100


async def test_what_is_not_json(toy: Toy) -> None:
    json = {"Content-Type": "application/json"}
    for body in (b"{", b"{'text': 1}", b"\x00", b'{"text": }', b"NULL"):
        answer = await toy.http.post(NOTES, content=body, headers=json)
        [error] = problem(answer, 400, "invalid_json")["errors"]
        assert (error["pointer"], error["code"]) == ("", "json_invalid")
    for body in (b'{"text": "\xff"}', b"[" * 100_000):
        problem(await toy.http.post(NOTES, content=body, headers=json), 400, "invalid_body")


async def test_json_sent_as_something_else_is_told_which_header_it_needs(toy: Toy) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/octet-stream"):
        answer = await toy.http.post(NOTES, content=b'{"text": "t"}', headers={"Content-Type": kind})
        assert "Content-Type: application/json" in problem(answer, 415, "content_type_unsupported")["detail"]
    assert await toy.count("note") == 0


async def test_json_that_holds_no_text_or_number_is_refused(toy: Toy) -> None:
    for body in (b'{"text": "\\ud800"}', b'{"\\ud800": 1, "text": "t"}', b'{"text": "t", "price": 1e999}'):
        answer = await toy.http.post(NOTES, content=body, headers={"Content-Type": "application/json"})
        assert problem(answer, 422, "invalid_request")["errors"]


async def test_parameters_are_named_by_their_place(toy: Toy) -> None:
    for path, pointer, code in [
        (f"{NOTES}?limit=0", "query/limit", "greater_than_equal"),
        (f"{NOTES}?limit=501", "query/limit", "less_than_equal"),
        (f"{NOTES}?limit=many", "query/limit", "int_parsing"),
        (f"{NOTES}/not-a-uuid", "path/note_id", "uuid_parsing"),
    ]:
        [error] = problem(await toy.http.get(path), 422, "invalid_request")["errors"]
        assert (error["pointer"], error["code"]) == (pointer, code)


async def test_in_khmer(toy: Toy) -> None:
    khmer = {"Accept-Language": "km-KH,en;q=0.5"}
    answer = await toy.http.post(NOTES, json={"title": ""}, headers=khmer)
    body = problem(answer, 422, "invalid_request")
    assert answer.headers["content-language"] == "km"
    assert answer.headers["vary"] == "Accept-Language"
    assert body["title"] == "សូមពិនិត្យវាលទិន្នន័យ"
    assert {error["detail"] for error in body["errors"]} == {"ត្រូវតែបំពេញវាលនេះ", "អក្សរខ្លីពេក"}
    beyond = await toy.http.post(NOTES, json={"text": "t", "price": -1, "tags": ["a"] * 4}, headers=khmer)
    limits = [error["detail"] for error in problem(beyond, 422, "invalid_request")["errors"]]
    assert limits == ["តម្លៃតូចពេក (យ៉ាងតិច ០)", "បញ្ជីវែងពេក (យ៉ាងច្រើន ៣)"]
    own = problem(await toy.http.get(f"{NOTES}/{uuid4()}", headers=khmer), 404, "note_not_found")
    assert own["detail"] == "រកមិនឃើញកំណត់ត្រានេះទេ។"


async def test_what_the_framework_refuses_by_itself(toy: Toy) -> None:
    nowhere = await toy.http.get("/api/toy/v1/nothing", headers={"Accept-Language": "km"})
    assert problem(nowhere, 404, "not_found")["title"] == "រកមិនឃើញ"
    wrong = await toy.http.delete(NOTES, headers={"Accept-Language": "km"})
    assert problem(wrong, 405, "method_not_allowed")["title"] == "វិធីសាស្ត្រមិនត្រូវបានអនុញ្ញាត"
    assert "POST" in wrong.headers["allow"]
    assert wrong.headers["content-language"] == "km"


async def test_who_is_not_signed_in_or_may_not(toy: Toy) -> None:
    anonymous = await toy.http.get(f"{NOTES}/secret")
    problem(anonymous, 401, "sign_in_required")
    assert anonymous.headers["www-authenticate"] == "Bearer"
    citizen = await toy.http.get(f"{NOTES}/secret", headers=toy.world.as_("citizen@"))
    problem(citizen, 403, "permission_missing")
    operator = await toy.http.get(f"{NOTES}/secret", headers=toy.world.as_("operator@", "citizen@"))
    assert operator.json() == {"grants": ["operator@"]}


async def test_a_number_that_no_column_holds(toy: Toy) -> None:
    headers = toy.world.as_("operator@")
    answer = await toy.http.post(f"{API}/operations/dead-letters/{10**30}:replay", headers=headers)
    problem(answer, 422, "invalid_value")


def test_a_connection_that_the_server_is_closing_is_an_outage() -> None:
    assert is_outage(asyncpg.InternalClientError("cannot switch to state 15; another operation (2) is in progress"))
    assert not is_outage(asyncpg.InternalClientError("unexpected message"))
    assert not is_outage(ValueError("cannot switch to state 15"))


async def test_what_asyncpg_raises_by_itself_is_sorted_too() -> None:
    """Ballots are stored beneath SQLAlchemy, which would have wrapped it."""
    app = FastAPI()
    install(app)
    raised = [
        (asyncpg.InternalClientError("cannot switch to state 15; another operation (2) is in progress"), 503),
        (asyncpg.InterfaceError("connection is closed"), 503),
        (asyncpg.DeadlockDetectedError("deadlock"), 503),
        (asyncpg.InternalClientError("unexpected message"), 500),
    ]

    @app.get("/{number}")
    async def fail(number: int) -> None:
        raise raised[number][0]

    transport = ASGITransport(app, raise_app_exceptions=False)
    async with AsyncClient(transport=transport, base_url="http://test") as client:
        for number, (_, status) in enumerate(raised):
            assert (await client.get(f"/{number}")).status_code == status


def test_what_is_no_object_is_told_without_the_name_of_a_class() -> None:
    class SomeClass(BaseModel):
        """Never named outside."""

    with pytest.raises(ValidationError) as refused:
        SomeClass.model_validate(5)
    told = field_error({**refused.value.errors()[0], "loc": ("body",)})
    assert (told.en, told.km) == ("Input should be an object", "ត្រូវតែជាវត្ថុ")


@pytest.mark.parametrize(
    ("value", "kind", "km"),
    [
        ({"sex": "x"}, "literal_error", "តម្លៃមិនស្ថិតក្នុងជម្រើសដែលអនុញ្ញាត ('female' ឬ 'male')"),
        ({"role": "x"}, "enum", "តម្លៃមិនស្ថិតក្នុងជម្រើសដែលអនុញ្ញាត ('caf' ឬ 'ncdds')"),
        ({"latitude": 91}, "less_than_equal", "តម្លៃធំពេក (យ៉ាងច្រើន ៩០)"),
    ],
)
def test_khmer_names_the_choices_and_limits_that_english_names(value: dict[str, object], kind: str, km: str) -> None:
    class Role(StrEnum):
        CAF = "caf"
        NCDDS = "ncdds"

    class Some(BaseModel):
        sex: Literal["female", "male"] = "male"
        role: Role | None = None
        latitude: float = Field(default=0, le=90)

    with pytest.raises(ValidationError) as refused:
        Some.model_validate(value)
    told = field_error(refused.value.errors()[0])
    assert (told.code, told.km) == (kind, km)
