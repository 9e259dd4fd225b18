"""The real actors, each with an account and tokens of their own."""

import asyncio
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import httpx

from simulate.client import Api, Caller, Refused

RENEW_BEFORE_SECONDS = 60.0


class Actor(Caller):
    """Somebody signed in: asks for a token when first needed, renews it before it runs out."""

    def __init__(self, api: Api, name: str, credentials: dict[str, str]) -> None:
        super().__init__(api)
        self.name = name
        self.id = ""
        self.sign_ins = 0
        self._credentials = credentials
        self._access = credentials.get("token", "")
        self._refresh = ""
        self._renew_at = float("inf") if self._access else 0.0
        self._one_at_a_time = asyncio.Lock()

    async def authorization(self) -> dict[str, str]:
        """A bearer token that holds for the next minute."""
        async with self._one_at_a_time:
            if time.monotonic() >= self._renew_at:
                await self._renew()
        return {"Authorization": f"Bearer {self._access}"}

    async def _renew(self) -> None:
        if self._refresh:
            form = {"grant_type": "refresh_token", "refresh_token": self._refresh}
            self._refresh = ""
            with suppress(Refused):
                await self._sign_in(form)
        if not self._refresh:
            await self._sign_in(self._credentials)

    async def _sign_in(self, form: dict[str, str]) -> None:
        answer = (await self.api.send("POST", "registry", "/token", data=form)).json()
        self.sign_ins += 1
        self._access, self._refresh = answer["access_token"], answer.get("refresh_token", "")
        self._renew_at = time.monotonic() + float(answer["expires_in"]) - RENEW_BEFORE_SECONDS

    async def _send(self, method: str, service: str, path: str, **content: Any) -> httpx.Response:
        try:
            return await super()._send(method, service, path, **content)
        except Refused as refused:
            if refused.status != 401 or "token" in self._credentials:
                raise
            self._renew_at = 0.0
            return await super()._send(method, service, path, **content)


def operator(api: Api, credentials: dict[str, str]) -> Actor:
    """The administrator who begins: with a token, or with a user name and password."""
    if "token" in credentials:
        return Actor(api, "operator", credentials)
    return Actor(api, "operator", {"grant_type": "password", **credentials})


@dataclass(frozen=True, slots=True)
class Office:
    """An office to be filled: a role over an area, for providers over one unit."""

    role: str
    area_code: str
    unit_code: str | None = None
    number: int = 1

    def username(self, year: int) -> str:
        """A user name nobody else has; with the year, as every year is played by new people."""
        place = (self.unit_code or self.area_code or "nation").lower()
        return f"{self.role.replace('_', '-')}.{place}.{self.number}.{year}"


async def appoint(giver: Actor, office: Office, name: str, year: int) -> Actor:
    """An account for a person, who signs in with a password only this run knows."""
    password = secrets.token_urlsafe(18)
    username = office.username(year)
    while True:
        body = {"kind": "person", "username": username, "password": password, "display_name": name}
        try:
            account = await giver.post("registry", "/accounts", body | {"grants": [_grant(office)]})
            break
        except Refused as refused:
            if refused.code != "username_taken":
                raise
            username = f"{office.username(year)}.{secrets.token_hex(2)}"
    actor = Actor(giver.api, name, {"grant_type": "password", "username": username, "password": password})
    actor.id = account["id"]
    return actor


async def admit_system(giver: Actor, offices: list[Office], name: str) -> Actor:
    """An account for a system, a partner's or the tablet of a service unit, which signs in with client credentials.

    The secret is shown once: when that answer was lost and its repeat lacks the secret, another account is made.
    """
    body = {"kind": "client", "display_name": name, "grants": [_grant(office) for office in offices]}
    account: dict[str, Any] = {}
    while account.get("client_secret") is None:
        account = await giver.post("registry", "/accounts", body)
    secret = {"client_id": account["client_id"], "client_secret": account["client_secret"]}
    actor = Actor(giver.api, name, {"grant_type": "client_credentials", **secret})
    actor.id = account["id"]
    return actor


def _grant(office: Office) -> dict[str, str]:
    grant = {"role": office.role, "area_code": office.area_code}
    return grant | {"unit_code": office.unit_code} if office.unit_code else grant
