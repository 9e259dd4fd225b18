"""An installation with an open round over a real district, for benchmarks: fsync on, through the gateway."""

import csv
import io
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

import httpx
from pydantic import SecretStr

from bench.installations import installation, token
from deploy.local.postgres import Postgres
from deploy.local.stack import Stack
from services.registry.gazetteer.source import read_package
from services.scorecard.ballots.links import BallotLinks

PROVINCE = "02"
SCHOOLS = 6
KINDS = [("commune_administration", "រដ្ឋបាល", "administration"), ("health_centre", "មណ្ឌលសុខភាព", "health centre")]
KINDS += [("primary_school", f"សាលាបឋមសិក្សាទី{number}", f"primary school {number}") for number in range(1, SCHOOLS + 1)]
PATIENCE_SECONDS = 120
COUNTING_SECONDS = 180
NOT_COUNTED = "SELECT (SELECT count(*) FROM uncounted) + (SELECT count(*) FROM uncountable)"


@dataclass(frozen=True)
class OpenRound:
    """An open round, and the units that are scored in it by commune."""

    stack: Stack
    id: UUID
    units: dict[str, list[str]]
    links: BallotLinks

    def ballot_token(self, unit_code: str) -> str:
        """What the unit's QR code carries."""
        return self.links.token(self.id, unit_code)

    def query(self, statement: str) -> str:
        """Ask the scorecard service's database."""
        return Postgres(self.stack.data_dir / "postgres").query("scorecard", statement)

    def wait_until_counted(self) -> None:
        """Wait for the worker to count all that was stored. Raises TimeoutError, also for what cannot be counted."""
        deadline = time.monotonic() + COUNTING_SECONDS
        while self.query(NOT_COUNTED) != "0":
            if time.monotonic() > deadline:
                raise TimeoutError(f"not all was counted within {COUNTING_SECONDS} s")
            time.sleep(0.1)


@contextmanager
def open_round(communes: int) -> Iterator[OpenRound]:
    """A new installation with eight units in each of so many communes of Battambang, thrown away afterwards."""
    with installation() as stack:
        yield _open(stack, communes)


def _open(stack: Stack, communes: int) -> OpenRound:
    known = [row for row in read_package().rows if row.level == "commune" and row.code.startswith(PROVINCE)]
    rows = [
        [kind, row.code, name_km + row.name_km, f"{row.name_en} {name_en}"]
        for row in known[:communes]
        for kind, name_km, name_en in KINDS
    ]
    table = io.StringIO()
    csv.writer(table).writerows([["kind", "area_code", "name_km", "name_en"], *rows])
    headers = {"Authorization": f"Bearer {token(stack, 'ncdds')}"}
    with httpx.Client(base_url=stack.base_url + "/api", headers=headers, timeout=120) as client:
        units = client.post("/registry/v1/units:import", content=table.getvalue().encode(), params={"dry_run": False})
        if units.raise_for_status().json()["created"] != len(rows):
            raise RuntimeError(units.text[:1000])
        body = {"year": 2026, "title_km": "ជុំ", "title_en": "Round", "area_codes": [PROVINCE]}
        made = client.post("/scorecard/v1/rounds", json=body).raise_for_status().json()
        client.post(f"/scorecard/v1/rounds/{made['id']}:open").raise_for_status()
        links = BallotLinks(SecretStr(stack.environment("scorecard")["ISAF_SECRET_KEY"]))
        return OpenRound(stack, UUID(made["id"]), _units(client, made["id"], len(rows)), links)


def _units(client: httpx.Client, round_id: str, expected: int) -> dict[str, list[str]]:
    """The units whose scorecards run, as soon as the registry's events have brought all."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        cards: list[dict[str, str]] = []
        cursor: str | None = ""
        while cursor is not None:
            params = {"limit": 500} | ({"cursor": cursor} if cursor else {})
            page = client.get(f"/scorecard/v1/rounds/{round_id}/scorecards", params=params).raise_for_status().json()
            cards, cursor = cards + page["items"], page["next_cursor"]
        if len(cards) == expected:
            break
        if time.monotonic() > deadline:
            raise TimeoutError(f"{len(cards)} of {expected} scorecards were there after two minutes")
        time.sleep(0.2)
    units: dict[str, list[str]] = {}
    for card in cards:
        units.setdefault(card["area_code"], []).append(card["unit_code"])
    return units
