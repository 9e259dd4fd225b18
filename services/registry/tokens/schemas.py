"""What the token endpoint takes and answers (OAuth 2.0, RFC 6749)."""

import base64
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

from fastapi import Request
from pydantic import BaseModel, Field

from services.registry.phones import sign_in_phone
from shared.digits import latin_digits
from shared.errors import Problem

LONGEST_FORM = 8_192
NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
FORM = "application/x-www-form-urlencoded"
TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"  # noqa: S105 - a name, no secret
PHONE_CODE = "urn:isaf:params:oauth:grant-type:phone-code"
GRANT_TYPES = ("password", PHONE_CODE, "refresh_token", "client_credentials", TOKEN_EXCHANGE)
LONGEST_LABEL = 100


class TokenRead(BaseModel):
    """A token, to be sent as `Authorization: Bearer …`; a person also gets a refresh token, good for one use."""

    access_token: str
    token_type: str = "Bearer"  # noqa: S105 - the word of RFC 6750
    expires_in: int = Field(examples=[900])
    refresh_token: str | None = None
    issued_token_type: str | None = Field(default=None, description="With token exchange (RFC 8693)")
    password_change_required: bool | None = Field(
        default=None, description="True while a manager's temporary password has not been replaced"
    )


class TokenRefused(Problem):
    """A refusal of the token endpoint: problem+json with OAuth's own `error` beside the code."""

    title_en = "No token"
    title_km = "មិនអាចចូលប្រើប្រាស់បាន"

    def __init__(self, error: str, *, en: str, km: str, headers: dict[str, str] | None = None) -> None:
        extra = {"error": error, "error_description": en}
        super().__init__(error, en=en, km=km, headers={**NO_STORE, **(headers or {})}, extra=extra)


class ClientRefused(TokenRefused):
    """The client is not known, or its secret is not right."""

    status = 401


class Keys(BaseModel):
    """A JSON Web Key Set (RFC 7517)."""

    keys: list[dict[str, Any]]


class Discovery(BaseModel):
    """Where and how tokens are had, for OAuth and OpenID Connect libraries."""

    issuer: str
    jwks_uri: str
    token_endpoint: str
    grant_types_supported: list[str] = list(GRANT_TYPES)
    token_endpoint_auth_methods_supported: list[str] = ["client_secret_basic", "client_secret_post", "none"]
    response_types_supported: list[str] = []
    subject_types_supported: list[str] = ["public"]
    id_token_signing_alg_values_supported: list[str] = ["ES256"]


@dataclass(frozen=True, slots=True)
class Form:
    """The parameters of a token request; empty ones count as left out."""

    values: dict[str, str]
    basic: tuple[str, str] | None

    def __getitem__(self, name: str) -> str:
        """A parameter that the grant type needs."""
        if name not in self.values:
            raise invalid_request(f"The parameter {name} is missing.", f"សូមបំពេញ {name}។")
        return self.values[name]

    def phone(self) -> str:
        """The phone in E.164. Raises TokenRefused when it is none."""
        try:
            return sign_in_phone(self["phone"])
        except ValueError:
            raise invalid_request(
                "phone is a number such as 012 345 678.", "phone ត្រូវតែជាលេខទូរសព្ទ ឧទាហរណ៍ 012 345 678។"
            ) from None

    def code(self) -> str:
        """The code that was sent, as it was read or typed: Khmer digits and blanks are the same."""
        return "".join(latin_digits(self["code"]).split())

    def label(self, name: str) -> str | None:
        """A text to be shown later; None when it is left out. Raises TokenRefused when it is no short line."""
        label = self.values.get(name, "").strip() or None
        if label is not None and (len(label) > LONGEST_LABEL or any(ord(character) < 32 for character in label)):
            raise invalid_request(
                f"{name} has at most {LONGEST_LABEL} characters on one line.",
                f"{name} ត្រូវមានច្រើនបំផុត {LONGEST_LABEL} តួអក្សរ។",
            )
        return label

    def client(self) -> tuple[str, str]:
        """The client's id and secret, from the Authorization header or from the form, but not from both."""
        if self.basic is None:
            return self["client_id"], self["client_secret"]
        if "client_secret" in self.values:
            raise invalid_request("Send the client's secret once.", "សូមផ្ញើលេខសម្ងាត់តែម្ដងគត់។")
        return self.basic


async def read_form(request: Request) -> Form:
    """Read a token request. Raises TokenRefused when it is not a form of single values."""
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = await request.body()
    if content_type != FORM or len(body) > LONGEST_FORM:
        raise invalid_request(f"The body is a form ({FORM}) of at most {LONGEST_FORM} bytes.", f"សូមផ្ញើជា {FORM}។")
    try:
        pairs = parse_qsl(body.decode(), strict_parsing=False, errors="strict", max_num_fields=20)
    except ValueError:
        raise invalid_request("The form cannot be read.", "មិនអាចអានទម្រង់បានទេ។") from None
    values = dict(pairs)
    basic = _basic(request.headers.get("authorization"))
    if len(values) != len(pairs):
        raise invalid_request("A parameter appears twice.", "មានវាលដដែលពីរដង។")
    if any("\x00" in value for value in (*values.values(), *(basic or ()))):
        raise invalid_request("A value holds a character that nobody types.", "មានតួអក្សរមិនត្រឹមត្រូវ។")
    return Form(values, basic)


def _basic(header: str | None) -> tuple[str, str] | None:
    if header is None:
        return None
    scheme, _, value = header.partition(" ")
    try:
        decoded = base64.b64decode(value.strip(), validate=True).decode()
    except ValueError:
        decoded = ""
    client_id, colon, secret = decoded.partition(":")
    if scheme.lower() != "basic" or not colon:
        raise client_refused(basic=True)
    return unquote_plus(client_id), unquote_plus(secret)


def invalid_request(en: str, km: str) -> TokenRefused:
    """The refusal of a request that is not whole."""
    return TokenRefused("invalid_request", en=en, km=km)


def client_refused(*, basic: bool) -> ClientRefused:
    """The refusal of a client; it does not tell whether the id or the secret was wrong."""
    return ClientRefused(
        "invalid_client",
        en="The client's id or secret is not right.",
        km="លេខសម្គាល់ ឬលេខសម្ងាត់របស់ប្រព័ន្ធមិនត្រឹមត្រូវ។",
        headers={"WWW-Authenticate": 'Basic realm="isaf"'} if basic else None,
    )
