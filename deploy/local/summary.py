"""What a person reads when everything is up."""

from collections.abc import Sequence
from typing import Any

from deploy.local.installation import Installation


def summary(place: Installation, accounts: Sequence[dict[str, Any]]) -> str:
    """Where everything is, who can sign in, how to stop."""
    url = place.base_url
    lines = [
        "",
        f"ISAF is running at {url}",
        "",
        f"  Start page          {url}/",
        f"  API documentation   {url}/docs        (document: {url}/openapi.json)",
        f"  Events              {url}/events      (document: {url}/asyncapi.json)",
        f"  Health              {url}/health/registry … scorecard, jaap, budget, notify",
        f"  Data and logs       {place.data_dir}",
    ]
    if accounts:
        lines += ["", *_table(accounts)]
    data = "" if place.data_dir.name == ".local" else f" --data {place.data_dir}"
    command = f"python -m deploy.local token{data} --role ROLE [--area CODE]"
    return "\n".join([*lines, "", f"  A token             {command}", "  Stop                Ctrl-C, or make down", ""])


def _table(accounts: Sequence[dict[str, Any]]) -> list[str]:
    return [str(account) for account in accounts]
