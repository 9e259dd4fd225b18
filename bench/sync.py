"""Facilitators' phones that come back after days without signal, all at once, and send everything twice."""

import random
import time
from collections import Counter
from typing import Any
from uuid import uuid4

from bench.figures import Figure
from bench.installations import token
from bench.posts import Posted, post, request
from bench.rounds import OpenRound, open_round

PHONES, RECORDS = 300, {"ballot": 30, "comment": 5, "tally": 2, "meeting": 2, "proposal": 1}
COMMUNES = 6
PATH = "/api/scorecard/v1/records"
INDICATORS = 10
PEOPLE = 9
GOAL = "< 30"
PATIENCE_SECONDS = 180
COUNTED = (
    "SELECT coalesce(sum(ballots), 0) || ' ' || coalesce(sum(tallied), 0) FROM area_histogram WHERE area_code = ''"
)
SAYINGS = ("ត្រូវរង់ចាំយូរ", "បុគ្គលិករួសរាយ", "បន្ទប់ទឹកមិនស្អាត", "Medicine was there", "ផ្លូវទៅពិបាកនៅរដូវវស្សា")


def run() -> list[Figure]:
    """Every phone over a connection of its own, through the gateway, fsync on; the second time meets the first.

    Where loads were told to come back, their phones send again, as the protocol says.
    """
    with open_round(COMMUNES) as opened:
        port = opened.stack.installation.port
        areas = list(opened.units)
        tokens = {area: token(opened.stack, "caf", area) for area in areas}
        loads = [(tokens[area], _load(opened, area)) for area in (areas[number % COMMUNES] for number in range(PHONES))]
        sent = [request(port, f"{PATH}:sync", {"records": records}, bearer) for bearer, records in loads]
        began = time.perf_counter()
        posted = post(port, sent + sent, connections=PHONES, seconds=PATIENCE_SECONDS, warm_up=0)
        refused = _others(posted)
        while missing := [one for one, held in zip(sent, _held(opened, loads), strict=True) if not held]:
            refused += _others(post(port, missing * 2, connections=PHONES, seconds=PATIENCE_SECONDS, warm_up=0))
        until_answered = time.perf_counter() - began
        opened.wait_until_counted()
        until_counted = time.perf_counter() - began
        asked = [request(port, f"{PATH}:held", {"ids": [one["id"] for one in load]}, bearer) for bearer, load in loads]
        told = post(port, asked, connections=32, seconds=PATIENCE_SECONDS, warm_up=0)
        total = PHONES * sum(RECORDS.values())
        stored = {kind: int(opened.query(f"SELECT count(*) FROM {kind}")) for kind in RECORDS}  # noqa: S608
        expected = {kind: PHONES * number for kind, number in RECORDS.items()}
        ballots, tallied = map(int, opened.query(COUNTED).split())
        return [
            Figure(f"{PHONES} phones, {total // PHONES} records each, twice: answered", until_answered, "s", GOAL),
            Figure("the same, and counted in every level", until_counted, "s", GOAL),
            Figure("records sent, twice", 2 * total / posted.seconds, "records/s"),
            Figure("a phone's load: median", posted.p50_ms, "ms"),
            Figure("a phone's load: 99th percentile", posted.p99_ms, "ms"),
            Figure("loads that were told to come back, and did", refused, ""),
            Figure("records held too often or not at all", _difference(stored, expected), "", "0"),
            Figure("ballots counted too often or not at all", abs(ballots - expected["ballot"]), "", "0"),
            Figure(
                "people of tallies counted too often or not at all", abs(tallied - PEOPLE * expected["tally"]), "", "0"
            ),
            Figure(f"which of {total // PHONES} records are held: 99th percentile", told.p99_ms, "ms"),
        ]


def _held(opened: OpenRound, loads: list[tuple[str, list[dict[str, Any]]]]) -> list[bool]:
    """Whether each load is held, by a record of the kind that is stored last."""
    held = set(opened.query("SELECT id FROM comment").split())
    return [any(one["id"] in held for one in load) for _, load in loads]


def _others(posted: Posted) -> int:
    return sum(posted.statuses.values()) - posted.statuses.get("200", 0)


def _difference(held: dict[str, int], expected: dict[str, int]) -> int:
    return sum(abs(held[kind] - expected[kind]) for kind in expected)


def _load(opened: OpenRound, area: str) -> list[dict[str, Any]]:
    """What one facilitator recorded in the villages of a commune, in no order."""
    kinds = list(Counter(RECORDS).elements())
    random.shuffle(kinds)
    return [_record(opened, kind, random.choice(opened.units[area])) for kind in kinds]  # noqa: S311


def _record(opened: OpenRound, kind: str, unit_code: str) -> dict[str, Any]:
    about: dict[str, Any] = {"unit_codes": [unit_code]} if kind == "meeting" else {"unit_code": unit_code}
    return {"kind": kind, "id": str(uuid4()), "round_id": str(opened.id)} | about | _content(kind)


def _content(kind: str) -> dict[str, Any]:
    if kind == "ballot":
        scores = random.choices((1, 2, 3, 4, 5, None), (2, 4, 8, 8, 4, 1), k=INDICATORS)  # noqa: S311
        return {"scores": scores, "sex": "female", "age_group": "adult", "cast_at": "2026-03-02T09:30:00+07:00"}
    if kind == "tally":
        group = {"sex": "female", "participants": PEOPLE, "counts": [[0, 1, 3, 3, 2]] * INDICATORS}
        return {"held_on": "2026-03-02", "groups": [group]}
    if kind == "meeting":
        return {"held_on": "2026-03-02", "attendance": {"total": 30, "female": 18}}
    if kind == "proposal":
        return {"text_km": "បន្ទប់ទឹកស្អាត"}
    return {"text": random.choice(SAYINGS), "aspect": "weakness"}  # noqa: S311
