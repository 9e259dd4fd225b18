"""The commands of whoever runs the server."""

import asyncio
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import structlog

from services.registry import admin
from services.registry.administration import ensure_demo_accounts
from shared.auth.permissions import Role
from shared.errors import Forbidden, Invalid
from shared.migrations import ROOT
from tests.registry.conftest import PASSWORD, Registry

DEMO_PASSWORD = "demo password, known to all"


@pytest.fixture
def environment(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The environment in which the registry runs."""
    settings = registry.client.runtime.settings
    told = {
        "ISAF_ENVIRONMENT": "demo",
        "ISAF_DATABASE_URL": settings.database_url,
        "ISAF_NATS_URL": settings.nats_url,
        "ISAF_NATS_USER": settings.nats_user,
        "ISAF_NATS_PASSWORD": settings.nats_password.get_secret_value(),
        "ISAF_PUBLIC_URL": settings.public_url,
        "ISAF_JWKS_URL": settings.jwks_url,
        "ISAF_SECRET_KEY": settings.secret_key.get_secret_value(),
    }
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    return told


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Any:
    """What is typed into the command."""
    return lambda text: monkeypatch.setattr(sys, "stdin", io.StringIO(text + "\n"))


async def run(*arguments: str) -> int:
    """Run a command beside the test's own event loop, which keeps its own logging."""
    logging_of_the_test = structlog.get_config()
    try:
        return await asyncio.to_thread(admin.main, list(arguments))
    finally:
        structlog.configure(**logging_of_the_test)


async def test_a_token_is_all_that_the_command_prints(registry: Registry, environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "services.registry.admin", "token", "--role", "caf", "--area", "020201"]
    ran = await asyncio.to_thread(
        subprocess.run, command, env=os.environ | environment, capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    user = await registry.client.runtime.tokens.verify(ran.stdout.removesuffix("\n"))
    assert [str(held) for held in user.grants] == ["caf@020201"]
    account = (await registry.get(f"/accounts/{user.id}", "operator@")).json()
    assert (account["kind"], account["client_id"]) == ("client", "local:caf@020201")


@pytest.mark.usefixtures("environment")
async def test_each_role_and_place_is_somebody_of_its_own(
    registry: Registry, capsys: pytest.CaptureFixture[str]
) -> None:
    await registry.unit()
    asked = [
        ("caf", "--area", "020201"),
        ("caf", "--area", "020201"),
        ("provider", "--unit", "HC-020201-1"),
        ("ncdds",),
    ]
    users = []
    for role, *place in asked:
        assert await run("token", "--role", role, *place) == 0
        users.append(await registry.client.runtime.tokens.verify(capsys.readouterr().out.strip()))
    assert users[0].id == users[1].id
    assert len({user.id for user in users}) == 3
    assert [str(user.grants[0]) for user in users[2:]] == ["provider@020201/HC-020201-1", "ncdds@"]
    issued = await registry.rows(
        "SELECT detail ->> 'grant' AS detail FROM audit_entry WHERE action = 'token_issued' ORDER BY id"
    )
    assert len(issued) == 4
    signed_in = await registry.token(
        grant_type="client_credentials", client_id="local:ncdds@", client_secret="anything at all"
    )
    assert signed_in.status_code == 401


REFUSALS = [
    (("token", "--role", "caf", "--area", "990000"), "no area with the code 990000"),
    (("token", "--role", "provider"), "digits"),
    (("token", "--role", "provider", "--area", "020201"), "names the service unit"),
    (("token", "--role", "provider", "--unit", "HC-1"), "no service unit with the code HC-1"),
    (("create-account", "--username", "sok", "--role", "caf"), "digits"),
]


@pytest.mark.usefixtures("environment")
async def test_a_refusal_is_a_sentence(capsys: pytest.CaptureFixture[str], typed: Any) -> None:
    for arguments, told in REFUSALS:
        typed(PASSWORD)
        assert await run(*arguments) == 2
        shown = capsys.readouterr()
        assert shown.out == ""
        assert told in shown.err
        assert "Traceback" not in shown.err


async def test_missing_settings_and_a_missing_database_are_told(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("ISAF_SECRET_KEY", "changeme")
    monkeypatch.delenv("ISAF_PUBLIC_URL")
    assert await run("token", "--role", "ncdds") == 2
    assert [line.partition(":")[0] for line in capsys.readouterr().err.splitlines()] == ["ISAF_PUBLIC_URL"]
    monkeypatch.setenv("ISAF_PUBLIC_URL", environment["ISAF_PUBLIC_URL"])
    assert await run("token", "--role", "ncdds") == 2
    assert "ISAF_SECRET_KEY must have at least 32 characters" in capsys.readouterr().err
    monkeypatch.setenv("ISAF_SECRET_KEY", environment["ISAF_SECRET_KEY"])
    monkeypatch.setenv("ISAF_DATABASE_URL", f"postgresql://registry@/isaf?host={tmp_path}")
    assert await run("token", "--role", "ncdds") == 1
    assert "database" in capsys.readouterr().err


@pytest.mark.usefixtures("environment")
async def test_the_first_operator_is_made_on_the_server(
    registry: Registry, typed: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ISAF_ENVIRONMENT", "production")
    command = ("create-account", "--username", "First.Operator", "--role", "operator", "--name", "First operator")
    typed("short")
    assert await run(*command) == 2
    typed(PASSWORD)
    assert await run(*command) == 0
    assert "first.operator" in capsys.readouterr().out
    typed(PASSWORD)
    assert await run(*command) == 2
    token = (await registry.sign_in("first.operator")).json()["access_token"]
    user = await registry.client.runtime.tokens.verify(token)
    assert [str(held) for held in user.grants] == ["operator@"]


async def test_the_demo_has_one_ready_account_per_role(
    registry: Registry, environment: dict[str, str], typed: Any, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    typed(DEMO_PASSWORD)
    assert await run("ensure-demo-accounts") == 0
    ready = json.loads(capsys.readouterr().out)
    assert {account["role"] for account in ready} == set(Role)
    for account in ready:
        form = {
            name: account[name] for name in ("username", "password", "client_id", "client_secret") if name in account
        }
        signed_in = await registry.token(grant_type=account["grant_type"], **form)
        assert signed_in.status_code == 200, account
        user = await registry.client.runtime.tokens.verify(signed_in.json()["access_token"])
        unit = f"/{account['unit_code']}" if account["unit_code"] else ""
        assert [str(held) for held in user.grants] == [f"{account['role']}@{account['area_code']}{unit}"]
    output = tmp_path / "ready.json"
    assert await asyncio.to_thread(admin.write_demo_accounts, "another demo password", str(output)) == 0
    assert output.stat().st_mode & 0o777 == 0o600
    assert len(json.loads(output.read_text())) == len(ready)
    assert len(await registry.rows("SELECT 1 FROM account")) == len(ready)
    assert len(await registry.rows("SELECT 1 FROM unit")) == 1
    assert (await registry.sign_in("operator", DEMO_PASSWORD)).status_code == 400
    assert (await registry.sign_in("operator", "another demo password")).status_code == 200


async def test_ready_accounts_exist_in_the_demo_alone(registry: Registry) -> None:
    settings = registry.client.runtime.settings
    for environment in ("local", "test", "production"):
        with pytest.raises(Forbidden, match="not_a_demo"):
            await ensure_demo_accounts(settings.model_copy(update={"environment": environment}), DEMO_PASSWORD)
    with pytest.raises(Invalid, match="password_length"):
        await ensure_demo_accounts(settings.model_copy(update={"environment": "demo"}), "short")
    assert await registry.rows("SELECT 1 FROM account") == []


@pytest.mark.usefixtures("environment")
async def test_after_a_restored_backup_every_copy_is_loaded_anew(
    registry: Registry, capsys: pytest.CaptureFixture[str]
) -> None:
    await registry.unit()
    since = (await registry.get("/changes")).json()["since"]
    assert (await registry.get("/changes", params={"since": since})).status_code == 200
    assert await run("restart-feed") == 0
    assert "begins anew" in capsys.readouterr().out
    refused = await registry.get("/changes", params={"since": since})
    assert (refused.status_code, refused.json()["code"]) == (410, "feed_restarted")
    fresh = (await registry.get("/changes")).json()
    assert fresh["items"]
    assert (await registry.get("/changes", params={"since": fresh["since"]})).json()["items"] == []


@pytest.mark.usefixtures("environment", "registry")
async def test_a_loaded_gazetteer_is_left_alone(registry: Registry, capsys: pytest.CaptureFixture[str]) -> None:
    await registry.execute("INSERT INTO gazetteer (edition, source) VALUES ('2024', 'another list')")
    assert await run("load-gazetteer") == 0
    assert "nothing was changed" in capsys.readouterr().out
    assert (await registry.get("/gazetteer")).json()["source"] == "another list"
