"""Where a webhook may go: the rule a subscription's URL has to keep, before any name is looked up."""

from dataclasses import dataclass
from ipaddress import ip_address

import httpx

from services.notify.deliveries.addresses import is_public
from shared.errors import FieldError, Invalid

MAXIMUM_LENGTH = 2000


@dataclass(frozen=True, slots=True)
class UrlRule:
    """Production wants https and a public address; the demo, a developer and the tests receive on their own machine."""

    strict: bool

    def must_hold(self, url: str) -> str:
        """The URL as it will be called. Raises Invalid naming /url."""
        if problem := self._problem(url):
            raise Invalid(problem.code, en=problem.en, km=problem.km, errors=[problem])
        return url

    def _problem(self, url: str) -> FieldError | None:
        try:
            parsed = httpx.URL(url)
        except httpx.InvalidURL:
            return MALFORMED
        if parsed.scheme not in ("http", "https") or not parsed.host or "#" in url:
            return MALFORMED
        if not _is_port(parsed.port) or any(character.isspace() or not character.isprintable() for character in url):
            return MALFORMED
        if parsed.userinfo:
            return CREDENTIALS
        if self.strict and parsed.scheme != "https":
            return NOT_HTTPS
        return PRIVATE if self.strict and _is_private_literal(parsed.host) else None


def _is_port(port: int | None) -> bool:
    return port is None or 1 <= port <= 65535


def _is_private_literal(host: str) -> bool:
    try:
        return not is_public(ip_address(host))
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


MALFORMED = FieldError(
    "/url",
    "url_malformed",
    "Give an absolute http or https URL without fragment, such as https://partner.example/isaf.",
    "សូមផ្ដល់អាសយដ្ឋាន http ឬ https ពេញលេញ ឧទាហរណ៍ https://partner.example/isaf។",
)
CREDENTIALS = FieldError(
    "/url",
    "url_credentials",
    "The URL must not hold a user name or password; the signature tells you that the call is ours.",
    "អាសយដ្ឋានមិនត្រូវមានឈ្មោះអ្នកប្រើ ឬពាក្យសម្ងាត់ទេ ហត្ថលេខាបញ្ជាក់ថាការហៅនោះមកពីយើង។",
)
NOT_HTTPS = FieldError("/url", "url_not_https", "The URL must begin with https://.", "អាសយដ្ឋានត្រូវចាប់ផ្ដើមដោយ https://។")
PRIVATE = FieldError(
    "/url",
    "url_private",
    "The URL names an address that cannot be reached from the internet.",
    "អាសយដ្ឋាននេះមិនអាចចូលដល់ពីអ៊ីនធឺណិតបានទេ។",
)
