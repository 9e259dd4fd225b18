"""The key that seals webhook secrets in the database."""

from shared.crypto import Sealer
from shared.settings import Settings


def webhook_sealer(settings: Settings) -> Sealer:
    """The sealer of all webhook secrets of this installation."""
    return Sealer(settings.secret_key, "notify.webhook-secrets")
