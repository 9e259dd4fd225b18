"""Asking for a code."""

from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict, Field

from services.registry.phones import Phone
from services.registry.sign_in_codes import caps, codes
from services.registry.sign_in_codes.sms import sms_of
from services.registry.tokens.schemas import NO_STORE
from shared.errors import Invalid, ServiceUnavailable
from shared.routing import Router
from shared.runtime import Runtime
from shared.schemas import Input

CLIENT_ADDRESS = "x-envoy-external-address"
"""Set by the gateway on every request, whatever the client sent; it believes as many proxies as it was told to."""

router = Router(prefix="/sign-in-codes", tags=["tokens"])


class SignInCodeInput(Input):
    """The phone that a code is to be sent to."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"phone": "012 345 678"}]})

    phone: Phone


class SignInCodeSent(BaseModel):
    """A code is on its way, to whomever the phone belongs."""

    expires_in: int = Field(description="Seconds for which it holds", examples=[300])


@router.post("", status_code=202)
async def request_sign_in_code(body: SignInCodeInput, request: Request, response: Response) -> SignInCodeSent:
    """Send a code to a phone; with it, `POST /token` signs in. One that was sent before holds no longer.

    Every phone gets one, known or not, so the answer tells nothing of who has an account. At most 3 in a quarter of an
    hour and 10 a day for a phone: 429 with Retry-After. It holds five minutes, once, and five tries.
    """
    runtime: Runtime = request.app.state.runtime
    settings, secret = runtime.settings, runtime.settings.secret_key
    if not body.phone.startswith(tuple(settings.sms_prefixes.split(","))):
        raise Invalid.field(
            "/phone",
            "phone_country",
            en=f"Codes are sent to numbers that begin with {settings.sms_prefixes} only.",
            km=f"លេខកូដអាចផ្ញើបានតែទៅលេខទូរសព្ទដែលចាប់ផ្ដើមដោយ {settings.sms_prefixes}។",
        )
    async with runtime.database.transaction() as db:
        await caps.take(db, caps.caps_of(body.phone, _address(request), settings), secret)
        code = await codes.make_code(db, body.phone, secret)
    try:
        await sms_of(runtime).send(body.phone, codes.MESSAGE.format(code=code))
    except ServiceUnavailable:
        async with runtime.database.transaction() as db:
            await codes.void_code(db, body.phone, code, secret)
        raise
    response.headers.update(NO_STORE)
    return SignInCodeSent(expires_in=int(codes.LIFETIME.total_seconds()))


def _address(request: Request) -> str:
    return request.headers.get(CLIENT_ADDRESS) or (request.client.host if request.client else "")
