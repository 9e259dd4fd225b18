"""The caller of a request: who, with which grants, allowed to do this here or not."""

from dataclasses import dataclass, replace
from typing import Annotated, Self
from uuid import UUID

from fastapi import Depends, Request
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer

from shared.areas import covers
from shared.auth.permissions import PERMISSIONS, Permission, Role
from shared.errors import Forbidden, Unauthorized

DISTRICT_LENGTH = 4
"""Of a district's code."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A role over an area and everything below it; a provider's also names the one unit it is for.

    A facilitator of a district, one of its network, scores the units of the district itself: those of a commune have
    facilitators of their own, and nobody records what is said in all communes at once.
    """

    role: Role
    area_code: str
    unit_code: str | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the token's form: `caf@020103`, `provider@020103/HC-020103-1`, `ncdds@`. Raises ValueError."""
        role, at, place = text.partition("@")
        if not at:
            raise ValueError(f"not a grant: {text}")
        area_code, _, unit_code = place.partition("/")
        return cls(Role(role), area_code, unit_code or None)

    def __str__(self) -> str:
        return f"{self.role}@{self.area_code}" + (f"/{self.unit_code}" if self.unit_code else "")

    def covers(self, area_code: str, unit_code: str | None = None) -> bool:
        """Whether the place lies within the grant; a grant for a unit covers that unit alone."""
        if self.role == Role.CAF and len(self.area_code) == DISTRICT_LENGTH and area_code != self.area_code:
            return False
        return covers(self.area_code, area_code) and self.unit_code in (None, unit_code)

    @property
    def area_pattern(self) -> str:
        """The areas that it covers as an SQL LIKE pattern, whatever unit it is for."""
        alone = self.role == Role.CAF and len(self.area_code) == DISTRICT_LENGTH
        return self.area_code if alone else f"{self.area_code}%"


@dataclass(frozen=True, slots=True)
class User:
    """A verified caller."""

    id: UUID
    name: str
    grants: tuple[Grant, ...]
    sign_in_id: UUID | None = None
    """The sign-in that the token belongs to, where it came of one."""

    def with_permission(self, permission: Permission) -> Self:
        """The same caller with only the grants whose role has the permission."""
        return replace(self, grants=tuple(grant for grant in self.grants if grant.role in PERMISSIONS[permission]))

    def covers(self, area_code: str, unit_code: str | None = None) -> bool:
        """Whether any of the grants covers the place."""
        return any(grant.covers(area_code, unit_code) for grant in self.grants)

    def reach(self) -> str:
        """The areas that the grants cover, whatever unit they name, as LIKE patterns with spaces between."""
        return " ".join(grant.area_pattern for grant in self.grants)

    def must_cover(self, area_code: str, unit_code: str | None = None) -> None:
        """Raise Forbidden unless the caller's grants reach this place."""
        if self.covers(area_code, unit_code):
            return
        place = unit_code or area_code
        if not place and self.grants:
            reached = self.grants[0].area_code
            raise Forbidden(
                "area_not_covered",
                en=f"Your role reaches {reached}, not the whole country: say that area, or ask whoever is above it.",
                km=f"តួនាទីរបស់អ្នកគ្របដណ្ដប់លើ {reached} មិនមែនទូទាំងប្រទេសទេ៖ សូមបញ្ជាក់តំបន់នោះ ឬស្នើរដ្ឋបាលថ្នាក់លើ។",
            )
        raise Forbidden(
            "area_not_covered",
            en=f"Your role does not reach {place or 'the whole country'}. Ask the administration above it.",
            km=f"តួនាទីរបស់អ្នកមិនគ្របដណ្ដប់លើ {place or 'ទូទាំងប្រទេស'} ទេ។ សូមស្នើរដ្ឋបាលថ្នាក់លើ។",
        )


bearer = HTTPBearer(auto_error=False, description="An access token of the registry, or an API key (isaf_…)")
api_key = APIKeyHeader(
    name="X-API-Key", scheme_name="ApiKey", auto_error=False, description="An API key of a system (isaf_…)"
)


async def maybe_user(
    request: Request,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
    key: Annotated[str | None, Depends(api_key)],
) -> User | None:
    """The caller, None when neither token nor key was sent; one that does not hold is refused everywhere."""
    tokens = request.app.state.runtime.tokens
    if credentials is None:
        if "authorization" in request.headers:
            raise malformed_token()
        found: User | None = await tokens.verify_key(key) if key is not None else None
        return found
    if key is not None:
        raise malformed_token()
    user: User = await tokens.verify(credentials.credentials)
    return user


async def still_holds(request: Request) -> bool:
    """Whether what a request came with holds yet; an answer that goes on for long ends when it is revoked."""
    try:
        return await maybe_user(request, await bearer(request), await api_key(request)) is not None
    except Unauthorized:
        return False


def malformed_token() -> Unauthorized:
    """The refusal of a token that does not hold."""
    return Unauthorized(
        "invalid_token",
        en="The access token or API key does not hold: it is malformed, expired, revoked or of another issuer."
        " Sign in again.",
        km="access token ឬសោ API មិនត្រឹមត្រូវ ផុតកំណត់ ឬត្រូវបានដកហូត។ សូមចូលប្រើប្រាស់ម្ដងទៀត។",
        headers={"WWW-Authenticate": 'Bearer error="invalid_token"'},
    )


MaybeUser = Annotated[User | None, Depends(maybe_user)]


async def signed_in(user: MaybeUser) -> User:
    """Any caller with a valid token."""
    if user is None:
        raise Unauthorized(
            "sign_in_required",
            en="This needs an access token or API key: send it as 'Authorization: Bearer …'.",
            km="ត្រូវការ access token ឬសោ API៖ សូមផ្ញើជា 'Authorization: Bearer …'។",
        )
    return user


SignedIn = Annotated[User, Depends(signed_in)]


class Requires:
    """A dependency that admits callers with a permission somewhere: `Reviewer = Annotated[User, Depends(Requires(…))]`.

    The endpoint then says where with `user.must_cover(area_code)`.
    """

    def __init__(self, permission: Permission) -> None:
        self.permission = permission

    async def __call__(self, user: SignedIn) -> User:
        """The caller, narrowed to the grants that carry the permission."""
        narrowed = user.with_permission(self.permission)
        if not narrowed.grants:
            raise Forbidden(
                "permission_missing",
                en=f"None of your roles may do this ({self.permission}).",
                km=f"គ្មានតួនាទីណាមួយរបស់អ្នកអាចធ្វើការនេះបានទេ ({self.permission})។",
            )
        return narrowed
