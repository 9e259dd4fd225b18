"""The token endpoint, and the public keys that every service checks tokens with."""

from typing import Any

from fastapi import Request, Response

from services.registry.external_identities import exchange
from services.registry.tokens import sign_in
from services.registry.tokens.issue import LIFETIME, access_token
from services.registry.tokens.keys import public_keys, signing_key
from services.registry.tokens.schemas import (
    FORM,
    GRANT_TYPES,
    NO_STORE,
    PHONE_CODE,
    Discovery,
    Form,
    Keys,
    TokenRead,
    TokenRefused,
    read_form,
)
from shared.routing import Router
from shared.runtime import Runtime

KEYS_MAX_AGE_SECONDS = 30
"""A withdrawn key is to be out of every copy soon; a new one is published long before it signs."""
TOKEN_FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            FORM: {
                "schema": {
                    "type": "object",
                    "required": ["grant_type"],
                    "properties": {
                        "grant_type": {"enum": list(GRANT_TYPES)},
                        "username": {"type": "string", "description": "With password"},
                        "password": {"type": "string", "format": "password", "description": "With password"},
                        "phone": {"type": "string", "description": "With a phone's code"},
                        "code": {"type": "string", "description": "With a phone's code: its six digits"},
                        "display_name": {"type": "string", "description": "With a phone's code, for a new account"},
                        "device": {
                            "type": "string",
                            "description": "The device's name among one's sign-ins",
                        },
                        "refresh_token": {"type": "string", "description": "With refresh_token"},
                        "client_id": {"type": "string", "description": "With client_credentials, or as HTTP Basic"},
                        "client_secret": {"type": "string", "format": "password", "description": "Goes with client_id"},
                        **exchange.FORM_PROPERTIES,
                    },
                },
                "examples": {
                    "person": {"value": {"grant_type": "password", "username": "sok.dara", "password": "…"}},
                    "phone": {"value": {"grant_type": PHONE_CODE, "phone": "012 345 678", "code": "123456"}},
                    "system": {"value": {"grant_type": "client_credentials", "client_id": "…", "client_secret": "…"}},
                    "elsewhere": {"value": exchange.FORM_EXAMPLE},
                },
            }
        },
    }
}

router = Router(tags=["tokens"])
well_known = Router(prefix="/.well-known", tags=["tokens"])


@router.post("/token", openapi_extra=TOKEN_FORM, response_model_exclude_none=True)
async def issue_token(request: Request, response: Response) -> TokenRead:
    """Sign in with a password, a phone's code, a refresh token, a client's credentials or a token of another issuer.

    As OAuth 2.0 describes it; the phone's code (`POST /sign-in-codes`) and the exchange are extension grants. After
    five failed passwords a username has to wait: 429 with Retry-After. `password_change_required` means that a manager
    has set the password: the token carries no grant until it is replaced (`POST /accounts/me:change-password`).
    """
    form = await read_form(request)
    runtime: Runtime = request.app.state.runtime
    signed_in = await _sign_in(runtime, form)
    key = await signing_key(runtime.database, runtime.settings.secret_key)
    assert key.kid is not None
    runtime.tokens.expect(key.kid)
    response.headers.update(NO_STORE)
    refresh, account = signed_in.refresh, signed_in.account
    return TokenRead(
        access_token=access_token(
            key,
            runtime.settings.public_url,
            account,
            read_at=signed_in.read_at,
            sign_in_id=refresh.sign_in_id if refresh else None,
        ),
        expires_in=int(LIFETIME.total_seconds()),
        refresh_token=refresh.token if refresh else None,
        issued_token_type=signed_in.issued_token_type,
        password_change_required=account.must_replace_password or None,
    )


async def _sign_in(runtime: Runtime, form: Form) -> sign_in.SignedIn:
    match form["grant_type"]:
        case "password":
            return await sign_in.by_password(
                runtime.database, runtime.settings, form["username"], form["password"], form.label("device")
            )
        case "urn:isaf:params:oauth:grant-type:phone-code":
            return await sign_in.by_phone_code(
                runtime.database,
                runtime.settings,
                form.phone(),
                form.code(),
                form.label("display_name"),
                form.label("device"),
            )
        case "refresh_token":
            return await sign_in.by_refresh_token(runtime.database, runtime.settings, form["refresh_token"])
        case "client_credentials":
            client_id, secret = form.client()
            basic = form.basic is not None
            return await sign_in.by_client_credentials(runtime.database, client_id, secret, basic=basic)
        case "urn:ietf:params:oauth:grant-type:token-exchange":
            return await exchange.by_token_exchange(runtime, form)
    raise TokenRefused(
        "unsupported_grant_type",
        en=f"grant_type is one of {', '.join(GRANT_TYPES)}.",
        km=f"grant_type ត្រូវតែជាពាក្យមួយក្នុងចំណោម {', '.join(GRANT_TYPES)}។",
    )


async def read_keys(request: Request, response: Response) -> Keys:
    """The public keys that tokens are signed with (JWKS)."""
    response.headers["Cache-Control"] = f"public, max-age={KEYS_MAX_AGE_SECONDS}"
    return Keys.model_validate(await public_keys(request.app.state.runtime))


router.add_api_route("/jwks", read_keys, name="read_jwks")
well_known.add_api_route("/jwks.json", read_keys, name="read_well_known_jwks")


@well_known.get("/openid-configuration")
async def read_discovery(request: Request, response: Response) -> Discovery:
    """Where tokens and keys are had."""
    response.headers["Cache-Control"] = f"public, max-age={KEYS_MAX_AGE_SECONDS}"
    issuer = request.app.state.runtime.settings.public_url
    base = issuer.rstrip("/")
    return Discovery(
        issuer=issuer, jwks_uri=f"{base}/.well-known/jwks.json", token_endpoint=f"{base}/api/registry/v1/token"
    )
