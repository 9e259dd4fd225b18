"""The token endpoint as OAuth 2.0 describes it."""

import base64
from urllib.parse import quote_plus

from tests.registry.conftest import API, PASSWORD, Registry

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def basic(client_id: str, secret: str) -> dict[str, str]:
    pair = f"{quote_plus(client_id)}:{quote_plus(secret)}"
    return {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}


async def test_a_client_signs_in_by_form_or_header(registry: Registry) -> None:
    client = await registry.system("partner@02")
    form = {"grant_type": "client_credentials"}
    secrets = {"client_id": client["client_id"], "client_secret": client["client_secret"]}
    by_form = await registry.token(**form, **secrets)
    by_header = await registry.client.http.post(
        f"{API}/token", data=form, headers=basic(client["client_id"], client["client_secret"])
    )
    for answer in (by_form, by_header):
        assert answer.status_code == 200
        assert "refresh_token" not in answer.json()
        user = await registry.client.runtime.tokens.verify(answer.json()["access_token"])
        assert [str(held) for held in user.grants] == ["partner@02"]
    both = await registry.client.http.post(
        f"{API}/token", data=form | secrets, headers=basic(client["client_id"], client["client_secret"])
    )
    assert (both.status_code, both.json()["error"]) == (400, "invalid_request")


async def test_a_wrong_client_is_refused(registry: Registry) -> None:
    client = await registry.system("partner@02")
    await registry.person("caf@020201")
    form = {"grant_type": "client_credentials"}
    for client_id, secret in ((client["client_id"], "wrong"), ("nobody", "wrong"), ("sok.dara", PASSWORD)):
        answer = await registry.token(**form, client_id=client_id, client_secret=secret)
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
        answer = await registry.client.http.post(f"{API}/token", data=form, headers=basic(client_id, secret))
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
        assert answer.headers["www-authenticate"].startswith("Basic")
    await registry.post(f"/accounts/{client['id']}:disable", "operator@")
    answer = await registry.token(**form, client_id=client["client_id"], client_secret=client["client_secret"])
    assert answer.json()["error"] == "invalid_client"


BAD_REQUESTS = [
    ("", "invalid_request"),
    ("grant_type=", "invalid_request"),
    ("grant_type=password", "invalid_request"),
    ("grant_type=password&username=sok", "invalid_request"),
    ("grant_type=password&username=sok&password=", "invalid_request"),
    ("grant_type=refresh_token", "invalid_request"),
    ("grant_type=client_credentials&client_id=x", "invalid_request"),
    ("grant_type=password&grant_type=password", "invalid_request"),
    ("grant_type=authorization_code&code=x", "unsupported_grant_type"),
    ("grant_type=%FF", "invalid_request"),
    ("grant_type=password&username=%00&password=x", "invalid_request"),
    ("grant_type=client_credentials&client_id=%00&client_secret=x", "invalid_request"),
    ("a=1&" * 30, "invalid_request"),
    ("grant_type=password&username=x&password=" + "x" * 9000, "invalid_request"),
]


async def test_bad_requests_are_told_in_oauths_words(registry: Registry) -> None:
    for body, error in BAD_REQUESTS:
        answer = await registry.client.http.post(f"{API}/token", content=body, headers=FORM)
        assert (answer.status_code, answer.json()["error"], answer.json()["code"]) == (400, error, error)
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["cache-control"] == "no-store"


async def test_json_and_odd_headers_are_refused(registry: Registry) -> None:
    http = registry.client.http
    json = await http.post(f"{API}/token", json={"grant_type": "password"})
    assert (json.status_code, json.json()["error"]) == (400, "invalid_request")
    for header in ("Basic", "Basic ???", "Basic " + base64.b64encode(b"no colon").decode(), "Bearer x"):
        answer = await http.post(
            f"{API}/token", content="grant_type=client_credentials", headers=FORM | {"Authorization": header}
        )
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


async def test_a_zero_byte_in_the_header_is_refused(registry: Registry) -> None:
    answer = await registry.client.http.post(
        f"{API}/token", data={"grant_type": "client_credentials"}, headers=basic("\x00", "x")
    )
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_refusals_come_in_khmer(registry: Registry) -> None:
    answer = await registry.client.http.post(
        f"{API}/token",
        data={"grant_type": "password", "username": "x", "password": "y"},
        headers={"Accept-Language": "km"},
    )
    assert answer.json()["title"] == "មិនអាចចូលប្រើប្រាស់បាន"
    assert answer.json()["error"] == "invalid_grant"
