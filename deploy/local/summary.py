"""What a person reads when everything is up."""

import shlex
from collections.abc import Iterable, Sequence
from typing import Any

from deploy.local.installation import Installation


def summary(place: Installation, accounts: Sequence[dict[str, Any]]) -> str:
    """Where everything is, who can sign in, how to stop."""
    url = place.base_url
    data = "" if place.is_default else f" --data {shlex.quote(str(place.data_dir))}"
    lines = [
        "",
        f"ISAF is running at {url}",
        "",
        f"  Start page         {url}/",
        f"  API documentation  {url}/docs        document: {url}/openapi.json",
        f"  Events             {url}/events      document: {url}/asyncapi.json",
        f"  Health             {url}/health/registry … scorecard, jaap, budget, notify",
        f"  Data and logs      {place.data_dir}",
        *(_ready_accounts(url, accounts) if accounts else ()),
        "",
        f"  A token            .venv/bin/python -m deploy.local token{data} --role ROLE [--area CODE] [--unit CODE]",
        f"  How it is          .venv/bin/python -m deploy.local status{data}",
        f"  Stop               Ctrl-C, or .venv/bin/python -m deploy.local down{data}",
        "",
    ]
    return "\n".join(lines)


def _ready_accounts(url: str, accounts: Sequence[dict[str, Any]]) -> Iterable[str]:
    people = [account for account in accounts if account["grant_type"] == "password"]
    password = next(account.get("password") or account["client_secret"] for account in accounts)
    rows = [("role", "area or unit", "username"), *((a["role"], _place(a), _name(a)) for a in accounts)]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    yield ""
    yield f"  Ready accounts, for this demo alone. The password of each: {password}"
    yield ""
    yield from ("    " + "  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
    yield ""
    yield "  Sign in            curl -d grant_type=password -d password=PASSWORD \\"
    yield f"                          -d username={people[-1]['username']} {url}/api/registry/v1/token"


def _place(account: dict[str, Any]) -> str:
    return account["unit_code"] or account["area_code"] or "the nation"


def _name(account: dict[str, Any]) -> str:
    return account.get("username") or f"{account['client_id']} (client)"
