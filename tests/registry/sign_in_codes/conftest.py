"""The messages that leave the registry, read instead of sent."""

import re

import pytest

from services.registry.sign_in_codes.sms import ConsoleSms

PHONE_GRANT = "urn:isaf:params:oauth:grant-type:phone-code"


class Phones:
    """What arrived on which phone, oldest first."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, str]] = []

    def code(self) -> str:
        """The code of the last message, which says it in both languages."""
        khmer, english = re.findall(r"\b[0-9]{6}\b", self.messages[-1][1])
        assert khmer == english
        return str(english)


@pytest.fixture
def phones(monkeypatch: pytest.MonkeyPatch) -> Phones:
    """Every phone."""
    arrived = Phones()

    async def send(_: ConsoleSms, phone: str, text: str) -> None:
        arrived.messages.append((phone, text))

    monkeypatch.setattr(ConsoleSms, "send", send)
    return arrived
