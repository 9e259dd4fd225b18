"""docker-compose.yml: valid, without default secrets, and told what the services read."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.compose_env import lines
from services.registry.boundaries.prepare import MEMORY_BYTES as MAP_BYTES
from services.registry.postings.reencode import MEMORY_BYTES as PHOTO_BYTES
from shared.settings import Settings
from tests.world import SERVICES

ROOT = Path(__file__).parents[2]
FILE = ROOT / "docker-compose.yml"
ORDINARY_POSTERS = 150
"""Megabytes of a process that has made hundreds of them."""


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    """The file, read."""
    found: dict[str, Any] = yaml.safe_load(FILE.read_text())
    return found


def test_it_follows_the_compose_specification() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(FILE)]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout


def test_every_required_variable_is_made_and_nothing_else() -> None:
    required = set(re.findall(r"\$\{(\w+):\?", FILE.read_text()))
    assert {line.split("=")[0] for line in lines("https://isaf.example")} == required


def test_no_secret_has_a_default() -> None:
    """One that is not needed may be left empty: without its provider's secret nothing is sent by SMS."""
    defaults = re.findall(r"\$\{(\w*(?:PASSWORD|SECRET|KEY_)\w*):-[^}]", FILE.read_text())
    assert defaults == []


def test_made_secrets_pass_the_services_own_check() -> None:
    made = dict(line.split("=", 1) for line in lines("https://isaf.example"))
    for service in SERVICES:
        Settings(
            environment="production", database_url="x", nats_url="x", nats_user="x", nats_password="x",
            public_url="x", jwks_url="x", secret_key=made[f"ISAF_SECRET_KEY_{service.upper()}"],
        )  # fmt: skip


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_told_what_it_needs(compose: dict[str, Any], service: str) -> None:
    told = compose["services"][service]["environment"].keys()
    needed = {f"ISAF_{name.upper()}" for name, field in Settings.model_fields.items() if field.is_required()}
    assert needed <= told
    known = {f"ISAF_{name.upper()}" for name in Settings.model_fields}
    assert told - {"TMPDIR"} <= known
    assert compose["services"][service]["build"]["args"] == {"SERVICE": service}


def test_nothing_runs_as_root_or_without_a_health_check(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert service["user"] not in {"root", "0", "0:0"}
        assert service["cap_drop"] == ["ALL"]
        assert "healthcheck" in service or name == "migrate"


def test_only_the_gateway_is_open_to_the_outside(compose: dict[str, Any]) -> None:
    assert [name for name, service in compose["services"].items() if "ports" in service] == ["gateway"]
    assert compose["networks"]["inner"]["internal"] is True
    for name in ("postgres", "nats", "migrate"):
        assert compose["services"][name]["networks"] == ["inner"]


def test_the_same_configuration_files_as_on_one_machine(compose: dict[str, Any]) -> None:
    mounted = [mount.split(":")[0] for mount in compose["services"]["postgres"]["volumes"] if mount.startswith("./")]
    assert mounted == ["./deploy/postgres/postgresql.conf", "./deploy/postgres/roles.sql"]
    assert all((ROOT / path).is_file() for path in mounted)
    for service in compose["services"].values():
        assert "build" not in service or (ROOT / service["build"]["dockerfile"]).is_file()


@pytest.mark.parametrize(("service", "volume"), [("registry", "uploads"), ("scorecard", "files")])
def test_large_files_lie_on_a_disk_as_tmp_is_memory(compose: dict[str, Any], service: str, volume: str) -> None:
    described = compose["services"][service]
    folder = described["environment"]["TMPDIR"]
    assert described["volumes"] == [f"{volume}:{folder}"]
    assert volume in compose["volumes"]
    assert f"install -d -o isaf -m 0700 {folder}" in (ROOT / "deploy" / "service.Dockerfile").read_text()


def test_every_part_has_a_ceiling_and_each_process_fits_below_it(compose: dict[str, Any]) -> None:
    """Two posters of a job and a single one, a zip's and a photo at a time; a map by itself (see boundaries)."""
    megabytes = {name: int(service["mem_limit"].removesuffix("m")) for name, service in compose["services"].items()}
    assert sum(megabytes[name] for name in megabytes if name not in ("migrate", "registry")) <= 2048
    itself = 160
    assert itself + (MAP_BYTES >> 20) <= megabytes["registry"]
    assert itself + 4 * ORDINARY_POSTERS + (PHOTO_BYTES >> 20) <= megabytes["registry"]
    for name, service in compose["services"].items():
        assert name == "postgres" or all("size=" in mount for mount in service["tmpfs"])


def test_a_services_image_holds_that_service_alone() -> None:
    dockerfile = (ROOT / "deploy" / "service.Dockerfile").read_text()
    final = dockerfile.split("FROM base AS service")[1]
    assert re.findall(r"^COPY (.+)$", final, re.MULTILINE) == ["services/${SERVICE} services/${SERVICE}"]
