"""One call: its limits, and that it goes to the address that was checked and to nobody who is not the host."""

import socket
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from services.notify.deliveries import sending
from services.notify.deliveries.sending import Outcome, Sender
from tests.notify.receiver import Receiver, receiving


async def send(sender: Sender, url: str) -> Outcome:
    """One call."""
    try:
        return await sender.send(url, b'{"id": 1}', {"webhook-id": "1"})
    finally:
        await sender.close()


@pytest.fixture
def resolved(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every host resolves to this machine and passes for public; keeps the hosts that were asked for."""
    asked: list[str] = []

    async def checked_address(host: str) -> str:
        asked.append(host)
        return "127.0.0.1"

    monkeypatch.setattr(sending, "checked_address", checked_address)
    return asked


async def test_time_is_limited(receiver: Receiver) -> None:
    outcome = await send(Sender(strict=False, total_seconds=0.2), f"{receiver.url}/slow")
    assert outcome == Outcome(None, "no answer within 0.2 seconds", outcome.duration_ms)
    assert outcome.duration_ms >= 200
    assert not outcome.delivered


@pytest.mark.parametrize(
    ("status", "delivered", "gone"), [(200, True, False), (204, True, False), (404, False, False), (410, False, True)]
)
async def test_what_an_answer_means(receiver: Receiver, status: int, delivered: bool, gone: bool) -> None:
    receiver.status = status
    outcome = await send(Sender(strict=False), f"{receiver.url}/ok")
    assert (outcome.status, outcome.delivered, outcome.gone) == (status, delivered, gone)


async def test_production_calls_nobody_in_our_own_network(receiver: Receiver) -> None:
    for url in (f"{receiver.url}/ok", f"{receiver.url}/ok".replace("127.0.0.1", "localhost")):
        outcome = await send(Sender(strict=True), url)
        assert outcome.error == "ForbiddenAddress: the host has an address that is not public"
    assert receiver.calls == []


async def test_an_unknown_host_is_an_outcome(monkeypatch: pytest.MonkeyPatch) -> None:
    async def unknown(_: str) -> str:
        raise socket.gaierror("Name or service not known")

    monkeypatch.setattr(sending, "checked_address", unknown)
    outcome = await send(Sender(strict=True), "https://nobody.example/")
    assert (outcome.status, outcome.error) == (None, "gaierror: Name or service not known")


async def test_production_calls_the_address_that_was_checked(receiver: Receiver, resolved: list[str]) -> None:
    url = receiver.url.replace("127.0.0.1", "partner.example")
    outcome = await send(Sender(strict=True), f"{url}/ok")
    assert outcome.delivered, outcome
    assert resolved == ["partner.example"]
    assert receiver.calls[0].headers["host"] == url.removeprefix("http://")


@pytest.mark.parametrize(("host", "delivered"), [("partner.example", True), ("other.example", False)])
async def test_the_certificate_must_be_the_hosts(
    tmp_path: Path, resolved: list[str], host: str, delivered: bool
) -> None:
    certificate, key = self_signed("partner.example", tmp_path)
    trusted = ssl.create_default_context(cafile=str(certificate))
    async with receiving(ssl_certfile=str(certificate), ssl_keyfile=str(key)) as receiver:
        url = receiver.url.replace("http://127.0.0.1", f"https://{host}")
        outcome = await send(Sender(strict=True, trusted=trusted), f"{url}/ok")
    assert outcome.delivered == delivered, outcome
    assert len(receiver.calls) == delivered
    assert delivered or "CERTIFICATE_VERIFY_FAILED" in str(outcome.error)


def self_signed(host: str, directory: Path) -> tuple[Path, Path]:
    """A certificate for a host, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = directory / "certificate.pem", directory / "key.pem"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return paths
