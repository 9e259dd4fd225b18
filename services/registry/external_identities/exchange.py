"""Token exchange (RFC 8693): a token of another issuer in, tokens of our own out."""

from typing import Any, get_args

from services.registry.external_identities.issuers import issuers_of
from services.registry.external_identities.queries import find_linked, use_once
from services.registry.external_identities.refusals import NotAccepted
from services.registry.external_identities.verifying import TokenKind, Verified, verify
from services.registry.tokens import refresh
from services.registry.tokens.schemas import TOKEN_EXCHANGE, Form, TokenRefused, invalid_request
from services.registry.tokens.sign_in import SignedIn
from shared.errors import ServiceUnavailable
from shared.runtime import Runtime

TYPE_PREFIX = "urn:ietf:params:oauth:token-type:"
ACCESS_TOKEN_TYPE = f"{TYPE_PREFIX}access_token"
SUBJECT_TOKEN_TYPES: dict[str, TokenKind] = {f"{TYPE_PREFIX}{kind}": kind for kind in get_args(TokenKind)}
FORM_PROPERTIES: dict[str, Any] = {
    "subject_token": {"type": "string", "description": "With token exchange: the other issuer's token"},
    "subject_token_type": {"enum": list(SUBJECT_TOKEN_TYPES), "description": "Goes with subject_token"},
    "requested_token_type": {"enum": [ACCESS_TOKEN_TYPE], "description": "May be left out"},
    "nonce": {"type": "string", "description": "The nonce that was sent to the other issuer; compared when given"},
}
FORM_EXAMPLE = {
    "grant_type": TOKEN_EXCHANGE,
    "subject_token": "eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ.eyJpc3MiOi….…",
    "subject_token_type": f"{TYPE_PREFIX}id_token",
    "nonce": "…",
}


class NotLinked(TokenRefused):
    """The token is good, and nobody here is known under its subject."""

    def __init__(self, token: Verified) -> None:
        super().__init__(
            "invalid_grant",
            en="You signed in there, but no account here is linked with it yet. Give the administrator of your "
            f"commune, district or province this subject, exactly as it stands: {token.subject} (issuer "
            f"{token.issuer}). If you have an account here, sign in to it and link it yourself.",
            km="អ្នកបានចូលប្រើនៅស្ថាប័ននោះហើយ ប៉ុន្តែមិនទាន់មានគណនីនៅទីនេះដែលភ្ជាប់ជាមួយវាទេ។ សូមប្រគល់លេខសម្គាល់នេះ "
            f"ទៅអ្នកគ្រប់គ្រងនៃរដ្ឋបាលរបស់អ្នក៖ {token.subject} (ស្ថាប័ន {token.issuer})។ "
            "ប្រសិនបើអ្នកមានគណនីនៅទីនេះ សូមចូលប្រើគណនីនោះ រួចភ្ជាប់ដោយខ្លួនឯង។",
        )
        self.code = "identity_not_linked"
        self.extra |= {"issuer": token.issuer, "subject": token.subject}


async def by_token_exchange(runtime: Runtime, form: Form) -> SignedIn:
    """Sign in the account that a token's subject is linked with. No connection is held while its issuer is asked."""
    kind, device = _kind(form), form.label("device")
    try:
        token = await verify(issuers_of(runtime), form["subject_token"], kind, nonce=form.values.get("nonce"))
        async with runtime.database.transaction() as db:
            account = await find_linked(db, token.issuer, token.subject)
            if account is None:
                raise NotLinked(token)
            if account.disabled:
                raise _disabled()
            await use_once(db, token)
            return SignedIn(account, await refresh.begin(db, account, device), ACCESS_TOKEN_TYPE)
    except NotAccepted as refused:
        raise _in_oauths_words(refused) from refused
    except ServiceUnavailable as away:
        away.extra |= {"error": "temporarily_unavailable"}
        raise


def _kind(form: Form) -> TokenKind:
    """What the subject token is said to be. Raises TokenRefused for what we do not do of RFC 8693."""
    kind = SUBJECT_TOKEN_TYPES.get(form["subject_token_type"])
    if kind is None:
        listed = " or ".join(SUBJECT_TOKEN_TYPES)
        raise invalid_request(f"subject_token_type is {listed}.", f"subject_token_type ត្រូវតែជា {listed}។")
    if form.values.get("requested_token_type", ACCESS_TOKEN_TYPE) != ACCESS_TOKEN_TYPE:
        raise invalid_request(
            f"requested_token_type is {ACCESS_TOKEN_TYPE}, or left out.",
            f"requested_token_type ត្រូវតែជា {ACCESS_TOKEN_TYPE} ឬមិនបាច់បំពេញ។",
        )
    if "actor_token" in form.values:
        raise invalid_request("Nobody acts for another here: leave actor_token out.", "សូមកុំផ្ញើ actor_token។")
    return kind


def _disabled() -> TokenRefused:
    return TokenRefused(
        "invalid_grant",
        en="The account that this identity is linked with is disabled. Ask your administrator.",
        km="គណនីដែលភ្ជាប់ជាមួយអត្តសញ្ញាណនេះត្រូវបានបិទ។ សូមសួរអ្នកគ្រប់គ្រងរបស់អ្នក។",
    )


def _in_oauths_words(refused: NotAccepted) -> TokenRefused:
    """RFC 8693 answers a subject token that does not hold with invalid_request."""
    problem = invalid_request(refused.en, refused.km)
    problem.code = refused.code
    return problem
