"""Nobody overwrites what they have not seen."""

import asyncio

from tests.shared.conftest import API, Toy


async def test_a_change_names_the_version_it_changes(toy: Toy) -> None:
    note = (await toy.write("first")).json()
    url, body = f"{API}/notes/{note['id']}", {"text": "second"}
    assert (await toy.http.get(url)).headers["etag"] == '"1"'

    missing = await toy.http.patch(url, json=body)
    assert (missing.status_code, missing.json()["code"]) == (428, "if_match_required")
    for tag in ("1", '"one"', '"1", "2"', "W/1", '""', '"' + "9" * 19 + '"'):
        malformed = await toy.http.patch(url, json=body, headers={"If-Match": tag})
        assert (malformed.status_code, malformed.json()["code"]) == (422, "if_match_malformed"), tag
        assert malformed.json()["errors"][0]["pointer"] == "header/If-Match"
    stale = await toy.http.patch(url, json=body, headers={"If-Match": '"2"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "version_changed")

    changed = await toy.http.patch(url, json=body, headers={"If-Match": '"1"'})

    assert (changed.status_code, changed.headers["etag"], changed.json()["version"]) == (200, '"2"', 2)
    weak = await toy.http.patch(url, json={"text": "third"}, headers={"If-Match": 'W/"2"'})
    assert weak.json()["version"] == 3
    whichever = await toy.http.patch(url, json={"text": "fourth"}, headers={"If-Match": "*"})
    assert whichever.json()["version"] == 4


async def test_of_many_who_saw_the_same_one_changes(toy: Toy) -> None:
    note = (await toy.write("first")).json()
    answers = await asyncio.gather(
        *(
            toy.http.patch(f"{API}/notes/{note['id']}", json={"text": f"by {n}"}, headers={"If-Match": '"1"'})
            for n in range(6)
        )
    )
    codes = sorted(answer.status_code for answer in answers)
    assert codes.count(200) == 1
    assert set(codes) <= {200, 412, 503}
    assert await toy.rows("SELECT version FROM note") == [2]
