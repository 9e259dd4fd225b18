"""ISAF_OIDC_ISSUERS: read from JSON, checked when a service starts, told by name when it is wrong."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from shared.settings import Settings
from tests.shared.test_settings import GIVEN

GOOD = {"issuer": "https://login.example/realm", "audience": "isaf", "name_km": "ក្រសួង", "name_en": "Ministry"}


def read(value: str, **changes: Any) -> Settings:
    return Settings(**(GIVEN | {"oidc_issuers": value} | changes))


def test_issuers_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in GIVEN.items():
        monkeypatch.setenv(f"ISAF_{name.upper()}", value)
    assert Settings().oidc_issuers == ()
    monkeypatch.setenv("ISAF_OIDC_ISSUERS", "")
    assert Settings().oidc_issuers == ()
    monkeypatch.setenv("ISAF_OIDC_ISSUERS", json.dumps([GOOD, GOOD | {"issuer": "https://other.example"}]))
    first, second = Settings().oidc_issuers
    assert (first.issuer, first.audience, first.jwks_uri) == ("https://login.example/realm", "isaf", None)
    assert first.algorithms == ("RS256", "ES256", "EdDSA")
    assert second.issuer == "https://other.example"


WRONG: list[tuple[Any, str]] = [
    ("{", "is not JSON"),
    (GOOD, "JSON list"),
    ([GOOD, GOOD], "twice"),
    ([GOOD | {"issuer": "https://isaf.gov.kh"}], "this installation itself"),
    ([GOOD | {"issuer": "login.example"}], "is not an address"),
    ([GOOD | {"issuer": "https://login.example?realm=1"}], "oidc_issuers.0.issuer"),
    ([GOOD | {"issuer": "http://login.example"}], "must begin with https://"),
    ([GOOD | {"jwks_uri": "http://login.example/keys"}], "must begin with https://"),
    ([GOOD | {"audience": ""}], "oidc_issuers.0.audience"),
    ([GOOD | {"algorithms": ["HS256"]}], "oidc_issuers.0.algorithms"),
    ([GOOD | {"algorithms": ["none"]}], "oidc_issuers.0.algorithms"),
    ([GOOD | {"algorithms": []}], "oidc_issuers.0.algorithms"),
    ([GOOD | {"client_secret": "swordfish"}], "oidc_issuers.0.client_secret"),
    ([{"issuer": "https://login.example"}], "oidc_issuers.0.audience"),
]


@pytest.mark.parametrize(("value", "told"), WRONG)
def test_a_mistake_is_named(value: Any, told: str) -> None:
    with pytest.raises(ValidationError) as refused:
        read(value if isinstance(value, str) else json.dumps(value))
    assert told in str(refused.value)
    assert "swordfish" not in str(refused.value)


def test_outside_production_an_issuer_may_do_without_tls() -> None:
    assert read(json.dumps([GOOD | {"issuer": "http://127.0.0.1:4000"}]), environment="local").oidc_issuers
