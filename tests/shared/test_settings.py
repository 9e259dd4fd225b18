"""A service refuses to start on a weak secret, and says so without telling secrets."""

from typing import Any

import pytest
from pydantic import ValidationError

from shared.app import create_app
from shared.settings import Settings

STRONG = "Zk3v9QmX7rTb2LwPs5NcYd8FgHj4KuAe"
GIVEN = {
    "environment": "production",
    "database_url": "postgresql://toy:hunter2hunter2@db/isaf",
    "nats_url": "nats://nats:4222",
    "nats_user": "toy",
    "nats_password": "swordfish-swordfish",
    "public_url": "https://isaf.gov.kh",
    "jwks_url": "http://registry:8000/api/registry/v1/jwks",
    "secret_key": STRONG,
}


def settings(**changes: Any) -> Settings:
    return Settings(**{name: value for name, value in (GIVEN | changes).items() if value is not None})


def test_a_strong_secret_is_taken_and_hidden() -> None:
    taken = settings()
    assert taken.secret_key.get_secret_value() == STRONG
    assert STRONG not in repr(taken)
    assert "swordfish" not in repr(taken)


@pytest.mark.parametrize(
    "weak",
    [
        "",
        STRONG[:-1],
        "a" * 64,
        "abcabcabcabcabcabcabcabcabcabcabcabcabc",
        "changeme-Zk3v9QmX7rTb2LwPs5NcYd8FgHj4",
        "Change-Me-Zk3v9QmX7rTb2LwPs5NcYd8FgHj4",
        "this-is-my-SECRET-Zk3v9QmX7rTb2LwPs5N",
        "example0123456789example0123456789",
    ],
)
@pytest.mark.parametrize("environment", ["demo", "production"])
def test_a_weak_secret_is_refused_everywhere(weak: str, environment: str) -> None:
    with pytest.raises(ValidationError, match="ISAF_SECRET_KEY"):
        settings(secret_key=weak, environment=environment)


def test_a_missing_or_unknown_setting_is_named_and_no_secret_told() -> None:
    for name, value, word in [
        ("secret_key", None, "secret_key"),
        ("database_url", None, "database_url"),
        ("environment", "staging", "environment"),
        ("secret_key", "changeme-Zk3v9QmX7rTb2LwPs5NcYd8FgHj4", "ISAF_SECRET_KEY"),
    ]:
        with pytest.raises(ValidationError) as refused:
            settings(**{name: value})
        told = str(refused.value)
        assert word in told
        assert "hunter2" not in told
        assert "swordfish" not in told
        assert "Zk3v9" not in told


async def test_a_service_reads_its_environment_when_it_starts_and_not_before(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in GIVEN:
        monkeypatch.delenv(f"ISAF_{name.upper()}", raising=False)
    app = create_app("toy", title="Toy", description="", routers=[])
    with pytest.raises(ValidationError, match="secret_key"):
        async with app.router.lifespan_context(app):
            raise AssertionError("it started without a secret")
    for name, value in GIVEN.items():
        monkeypatch.setenv(f"ISAF_{name.upper()}", value)
    assert Settings().nats_user == "toy"
