"""An issuer of another organisation as the registry meets it: served over HTTP, good or bad."""

import base64
import json
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from uuid import uuid4

from joserfc import jwt
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from shared.settings import OidcIssuer

CLIENT_ID = "isaf-app"
ID_TOKEN = "urn:ietf:params:oauth:token-type:id_token"
RSA = RSAKey.generate_key(2048, {"kid": "rsa-1", "use": "sig", "alg": "RS256"})
EC = ECKey.generate_key("P-256", {"kid": "ec-1", "use": "sig"})
ED = OKPKey.generate_key("Ed25519", {"kid": "ed-1", "use": "sig"})
OTHERS = RSAKey.generate_key(2048, {"kid": "others-1", "use": "sig", "alg": "RS256"})


class Issuer:
    """An issuer whose documents and keys a test may change while it runs."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.keys: list[Key] = [RSA, EC, ED]
        self.named = address
        self.answers: dict[str, tuple[int, bytes]] = {}
        self.asked: list[str] = []

    def settings(self, **changes: Any) -> OidcIssuer:
        """How an administrator configures it."""
        values = {"issuer": self.address, "audience": CLIENT_ID, "name_km": "ក្រសួង", "name_en": "The ministry"}
        return OidcIssuer.model_validate(values | changes)

    def answer(self, path: str) -> tuple[int, bytes]:
        """What is served under a path."""
        self.asked.append(path)
        if path in self.answers:
            return self.answers[path]
        if path == "/.well-known/openid-configuration":
            return 200, json.dumps({"issuer": self.named, "jwks_uri": f"{self.address}/jwks"}).encode()
        if path == "/jwks":
            return 200, json.dumps({"keys": [key.as_dict(private=False) for key in self.keys]}).encode()
        return 404, b""

    def claims(self, **changes: Any) -> dict[str, Any]:
        """What an ID token says; `...` leaves a claim out."""
        now = int(time.time())
        body = {"iss": self.address, "aud": CLIENT_ID, "sub": "dara", "iat": now, "exp": now + 300, "jti": str(uuid4())}
        return {name: value for name, value in (body | changes).items() if value is not ...}

    def token(self, key: Any = RSA, alg: str = "RS256", header: dict[str, Any] | None = None, **changes: Any) -> str:
        """A signed ID token."""
        head = {"alg": alg, "kid": key.kid} | (header or {})
        kept = {name: value for name, value in head.items() if value is not ...}
        lenient = JWSRegistry(algorithms=[alg], strict_check_header=False)
        with warnings.catch_warnings(category=SecurityWarning, action="ignore"):  # of EdDSA, the older name of Ed25519
            return jwt.encode(kept, self.claims(**changes), key, registry=lenient)


@contextmanager
def serving() -> Iterator[Issuer]:
    """An issuer on a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = issuer.answer(self.path)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            if status == 302:
                self.send_header("Location", f"{issuer.address}/jwks")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        issuer = Issuer(f"http://127.0.0.1:{server.server_address[1]}")
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield issuer
        finally:
            server.shutdown()
            thread.join()


def part(value: Any) -> str:
    """A part of a hand-made token."""
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(text).decode().rstrip("=")
