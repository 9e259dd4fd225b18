"""Errors as their reader needs them: what was wrong, where, what to do; in Khmer and English."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from shared.language import Language


@dataclass(frozen=True, slots=True)
class FieldError:
    """One field that was wrong: a JSON pointer into the body, or the name of a parameter prefixed by its place."""

    pointer: str
    code: str
    en: str
    km: str

    def render(self, language: Language) -> dict[str, str]:
        """The entry of `errors[]` in the reader's language."""
        return {"pointer": self.pointer, "code": self.code, "detail": self.km if language == "km" else self.en}


class Problem(Exception):
    """A refusal that the client can act on, rendered as RFC 9457 problem+json."""

    status: ClassVar[int] = 400
    title_en: ClassVar[str] = "Bad request"
    title_km: ClassVar[str] = "សំណើមិនត្រឹមត្រូវ"

    def __init__(
        self,
        code: str,
        *,
        en: str,
        km: str,
        errors: Sequence[FieldError] = (),
        headers: dict[str, str] | None = None,
        extra: dict[str, str] | None = None,
    ) -> None:
        super().__init__(f"{code}: {en}")
        self.code, self.en, self.km = code, en, km
        self.errors = tuple(errors)
        self.headers = headers or {}
        self.extra = extra or {}

    def render(self, language: Language, trace_id: str) -> dict[str, object]:
        """The body of the answer."""
        body: dict[str, object] = {
            "type": "about:blank",
            "title": self.title_km if language == "km" else self.title_en,
            "status": self.status,
            "code": self.code,
            "detail": self.km if language == "km" else self.en,
            "trace_id": trace_id,
            **self.extra,
        }
        if self.errors:
            body["errors"] = [error.render(language) for error in self.errors]
        return body


class BadRequest(Problem):
    """The request cannot be understood at all."""


class Unauthorized(Problem):
    """Nobody, or nobody we know, is asking."""

    status = 401
    title_en = "Sign in first"
    title_km = "សូមចូលប្រើប្រាស់ជាមុនសិន"

    def __init__(self, code: str, *, en: str, km: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(code, en=en, km=km, headers={"WWW-Authenticate": "Bearer", **(headers or {})})


class Forbidden(Problem):
    """The asker is known and may not do this here."""

    status = 403
    title_en = "Not allowed"
    title_km = "មិនមានសិទ្ធិ"


class NotFound(Problem):
    """What was asked for is not here."""

    status = 404
    title_en = "Not found"
    title_km = "រកមិនឃើញ"


class MethodNotAllowed(Problem):
    """The address is right, the method is not."""

    status = 405
    title_en = "Method not allowed"
    title_km = "វិធីសាស្ត្រមិនត្រូវបានអនុញ្ញាត"


class Conflict(Problem):
    """The request is right in itself and clashes with what is there."""

    status = 409
    title_en = "Conflict"
    title_km = "មានការប៉ះទង្គិច"


class Gone(Problem):
    """What was asked for was here, and will not come back."""

    status = 410
    title_en = "No longer here"
    title_km = "លែងមានទៀតហើយ"


class PreconditionFailed(Problem):
    """Somebody else changed it in between."""

    status = 412
    title_en = "Changed in the meantime"
    title_km = "ត្រូវបានកែប្រែរួចហើយ"


class TooLarge(Problem):
    """The body is over the limit."""

    status = 413
    title_en = "Too large"
    title_km = "ទំហំធំពេក"


class UnsupportedMediaType(Problem):
    """The body is packed or written in a way that is not taken."""

    status = 415
    title_en = "Not in this form"
    title_km = "ទម្រង់មិនត្រូវបានទទួល"


class Invalid(Problem):
    """A field is wrong; `errors` names each."""

    status = 422
    title_en = "Please check the fields"
    title_km = "សូមពិនិត្យវាលទិន្នន័យ"

    @classmethod
    def field(cls, pointer: str, code: str, *, en: str, km: str) -> Self:
        """A refusal for one field, e.g. `Invalid.field("/area_code", "area_unknown", en=…, km=…)`."""
        return cls(code, en=en, km=km, errors=[FieldError(pointer, code, en, km)])


class PreconditionRequired(Problem):
    """A change was sent without saying which version it changes."""

    status = 428
    title_en = "Say which version you change"
    title_km = "សូមបញ្ជាក់កំណែដែលត្រូវកែ"


class TooManyRequests(Problem):
    """Too many tries in too short a time."""

    status = 429
    title_en = "Too many requests"
    title_km = "សំណើច្រើនពេក"


class ServiceUnavailable(Problem):
    """A part that this request needs is away; the same request later will do."""

    status = 503
    title_en = "Try again shortly"
    title_km = "សូមព្យាយាមម្ដងទៀតបន្តិចក្រោយ"

    def __init__(self, code: str = "service_unavailable", *, en: str = "", km: str = "", retry_after: int = 5) -> None:
        super().__init__(
            code,
            en=en or "The service cannot reach its database. Nothing was changed; send the same request again.",
            km=km or "សេវាមិនអាចភ្ជាប់ទៅមូលដ្ឋានទិន្នន័យបានទេ។ មិនមានអ្វីត្រូវបានកែប្រែទេ សូមផ្ញើសំណើដដែលម្ដងទៀត។",
            headers={"Retry-After": str(retry_after)},
        )


class InternalError(Problem):
    """Our fault; the answer says nothing but the trace id."""

    status = 500
    title_en = "Our mistake"
    title_km = "កំហុសរបស់ប្រព័ន្ធ"


def internal_error() -> Problem:
    """The answer to an unexpected error: it leaks nothing."""
    return InternalError(
        "internal_error",
        en="Something went wrong on our side. Give the trace_id to your administrator.",
        km="មានបញ្ហានៅខាងប្រព័ន្ធ។ សូមផ្ដល់លេខ trace_id ដល់អ្នកគ្រប់គ្រងប្រព័ន្ធ។",
    )
