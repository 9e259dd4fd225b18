"""Encryption at rest of what the database must not show: a copy of it without ISAF_SECRET_KEY gives nothing away."""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import SecretStr

NONCE_BYTES = 12
VERSION = b"\x01"
"""First byte of what is sealed, so that a later way of sealing can stand beside this one."""


def derive_key(secret: SecretStr, purpose: str) -> bytes:
    """A key of 32 bytes for one purpose, which tells nothing of the secret or of the keys for other purposes."""
    derivation = HKDF(algorithm=SHA256(), length=32, salt=None, info=f"isaf.{purpose}".encode())
    return derivation.derive(secret.get_secret_value().encode())


class Sealer:
    """AES-256-GCM under a key derived for one purpose: `Sealer(settings.secret_key, "notify.webhook-secrets")`."""

    def __init__(self, secret: SecretStr, purpose: str) -> None:
        self._key = AESGCM(derive_key(secret, purpose))

    def seal(self, plain: bytes) -> bytes:
        """Encrypt; the same text sealed twice looks different."""
        nonce = os.urandom(NONCE_BYTES)
        return VERSION + nonce + self._key.encrypt(nonce, plain, VERSION)

    def open(self, sealed: bytes) -> bytes:
        """Decrypt. Raises ValueError when it was changed, or sealed under another key or for another purpose."""
        nonce, encrypted = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
        try:
            return self._key.decrypt(nonce, encrypted, sealed[:1])
        except (InvalidTag, ValueError) as error:
            raise ValueError("not sealed with this key for this purpose") from error
