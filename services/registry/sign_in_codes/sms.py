"""Sending a text message: a port, with one provider for a developer's log and one that speaks HTTP."""

import json
from typing import Any, Protocol

import httpx
import structlog

from services.registry.phones import masked_phone
from shared.errors import ServiceUnavailable
from shared.runtime import Runtime
from shared.settings import Settings

TIMEOUT_SECONDS = 5
TRIES = 2

log = structlog.get_logger()


class NotSent(ServiceUnavailable):
    """The provider did not take the message."""

    def __init__(self) -> None:
        super().__init__(
            "sms_not_sent",
            en="The message with your code could not be sent just now. Ask for a new code in a minute.",
            km="មិនអាចផ្ញើសារដែលមានលេខកូដបានទេ។ សូមស្នើលេខកូដថ្មីក្នុងរយៈពេលមួយនាទីទៀត។",
            retry_after=60,
        )


class Sms(Protocol):
    """Whatever can bring a text to a phone."""

    async def send(self, phone: str, text: str) -> None:
        """Send; raises NotSent when it did not leave."""


class ConsoleSms:
    """Writes the message into the service's log, where whoever develops or shows the software reads it."""

    async def send(self, phone: str, text: str) -> None:
        """Print it; never in production, which the settings refuse."""
        log.info("sms", phone=masked_phone(phone), text=text)


class HttpSms:
    """Posts JSON to a provider, in the shape that its template says."""

    def __init__(self, client: httpx.AsyncClient, settings: Settings) -> None:
        self._client, self._url = client, settings.sms_url
        self._secret = settings.sms_secret.get_secret_value()
        self._template = json.loads(settings.sms_template)

    async def send(self, phone: str, text: str) -> None:
        """Send, and once more when the first try found nobody. Raises NotSent."""
        body = filled(self._template, {"{phone}": phone, "{text}": text})
        for _ in range(TRIES):
            if await self._post(body):
                return
        raise NotSent

    async def _post(self, body: Any) -> bool:
        try:
            answer = await self._client.post(
                self._url,
                json=body,
                headers={"Authorization": f"Bearer {self._secret}"},
                timeout=TIMEOUT_SECONDS,
                follow_redirects=False,
            )
        except httpx.HTTPError as error:
            log.warning("sms_not_sent", error=type(error).__name__)
            return False
        if not answer.is_success:
            log.warning("sms_not_sent", status=answer.status_code)
        return answer.is_success


class NoSms:
    """No provider is set up."""

    async def send(self, phone: str, text: str) -> None:
        """Refuse."""
        raise ServiceUnavailable(
            "sms_not_set_up",
            en="Signing in by phone is not set up here. Sign in with a password, or ask the administrator.",
            km="ការចូលប្រើតាមទូរសព្ទមិនទាន់ត្រូវបានរៀបចំនៅទីនេះទេ។ សូមប្រើពាក្យសម្ងាត់ ឬសួរអ្នកគ្រប់គ្រងប្រព័ន្ធ។",
            retry_after=3600,
        )


def sms_of(runtime: Runtime) -> Sms:
    """The provider that the settings name; where none is named, the log, but none in production."""
    settings = runtime.settings
    if settings.sms_provider == "http":
        return HttpSms(runtime.http, settings)
    return NoSms() if settings.environment == "production" else ConsoleSms()


def filled(template: Any, values: dict[str, str]) -> Any:
    """A JSON value with its placeholders replaced within texts, so that no value can break out of its place."""
    if isinstance(template, dict):
        return {name: filled(part, values) for name, part in template.items()}
    if isinstance(template, list):
        return [filled(part, values) for part in template]
    if isinstance(template, str):
        for placeholder, value in values.items():
            template = template.replace(placeholder, value)
    return template
