"""Ballots through the gateway, durable: one by one from phones and facilitators, and in batches until they count."""

import random
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGTERM
from statistics import median
from typing import Any
from uuid import uuid4

from bench.figures import Figure
from bench.installations import port_of, token
from bench.posts import Posted, post, request
from bench.rounds import KINDS, PROVINCE, OpenRound, open_round
from deploy.gateway.render import render
from deploy.local.gateway import Gateway
from deploy.local.ports import free_ports
from deploy.local.probes import answers
from deploy.local.process import python_environment, spawn, stop
from services.scorecard.counting.groups import AGE_GROUPS, SEXES

COMMUNES = 30
PATH = "/api/scorecard/v1/ballots"
INDICATORS = 10
TURNS = 3
TURN_SECONDS = 4.0
PREPARED = 20_000
FACILITATORS = 8
BATCH, BATCHES = 500, 160
MIXES = {"of one unit": 1, "of 10 units": 10, "of 240 units": COMMUNES * len(KINDS)}
"""A meeting is of one unit, a day of a facilitator's or of another system's import of several; hardly any is of all."""
GOAL_RATIO, GOAL_BATCHES, GOAL_LAG = "> 0.45", "> 20,000", "< 1"
PATIENCE_SECONDS = 120


@dataclass
class Way:
    """One way of sending single ballots, and what its turns measured beside those of parsing alone."""

    name: str
    tokens: Mapping[str, str] | None
    """Of facilitators by commune; None for phones."""
    stored: list[Posted] = field(default_factory=list)
    parsed: list[Posted] = field(default_factory=list)

    def figures(self) -> Iterator[Figure]:
        """Of the turns the middle one."""
        stored, parsed = (median(turn.rate for turn in turns) for turns in (self.stored, self.parsed))
        yield Figure(f"{self.name}: only parsed", parsed, "ballots/s")
        yield Figure(f"{self.name}: stored and queued to be counted", stored, "ballots/s")
        yield Figure(f"{self.name}: share of the rate of parsing", stored / parsed, "", GOAL_RATIO)
        yield Figure(f"{self.name}: median", median(turn.p50_ms for turn in self.stored), "ms")
        yield Figure(f"{self.name}: 99th percentile", median(turn.p99_ms for turn in self.stored), "ms")
        answered = [sum(turn.statuses.values()) for turn in self.stored + self.parsed]
        yield Figure(f"{self.name}: answers other than 201", sum(answered) - self.taken(self.stored + self.parsed), "")

    @staticmethod
    def taken(turns: list[Posted]) -> int:
        """How many were answered as taken."""
        return sum(turn.statuses.get("201", 0) for turn in turns)


def run() -> list[Figure]:
    """32 connections, 240 units; the service's own worker counts meanwhile, as always."""
    with open_round(COMMUNES) as opened, _parsing(opened) as parsing_port:
        ways = [Way("by phone", None), Way("by facilitators", {})]
        for way in ways:
            if way.tokens is not None:
                way.tokens = _facilitators(opened)
            for _ in range(TURNS):
                port = opened.stack.installation.port
                requests = [_single(opened, way.tokens, port) for _ in range(PREPARED)]
                way.parsed.append(post(parsing_port, requests, seconds=TURN_SECONDS))
                way.stored.append(post(port, requests, seconds=TURN_SECONDS))
                opened.wait_until_counted()
        accepted = sum(way.taken(way.stored) for way in ways)
        batches: list[Figure] = []
        for mix, units in MIXES.items():
            figures, taken = _batches(opened, mix, units)
            batches += figures
            accepted += taken
        held = int(opened.query("SELECT count(*) FROM ballot"))
        counted = int(opened.query("SELECT sum(participants) FROM unit_histogram"))
        lost = Figure("ballots accepted and not held, or held and not accepted", abs(accepted - held), "", "0")
        exact = Figure("ballots held and not counted, or counted twice", abs(held - counted), "", "0")
        return [*(figure for way in ways for figure in way.figures()), *batches, lost, exact]


def _facilitators(opened: OpenRound) -> Mapping[str, str]:
    """Tokens of some communes' facilitators, good for a quarter of an hour."""
    return {area: token(opened.stack, "caf", area) for area in list(opened.units)[:FACILITATORS]}


def _batches(opened: OpenRound, mix: str, units: int) -> tuple[list[Figure], int]:
    """The figures of batches over so many units each, and how many ballots were taken."""
    port, sender = opened.stack.installation.port, token(opened.stack, "caf", PROVINCE)
    requests = [_batch(opened, sender, port, units) for _ in range(BATCHES)]
    began = time.perf_counter()
    posted = post(port, requests, connections=FACILITATORS, seconds=PATIENCE_SECONDS, warm_up=0)
    answered = time.perf_counter()
    opened.wait_until_counted()
    counted = time.perf_counter()
    again = post(port, requests, connections=FACILITATORS, seconds=PATIENCE_SECONDS, warm_up=0)
    ballots, name = BATCH * BATCHES, f"batches {mix}"
    return [
        Figure(f"batches of {BATCH} {mix}, {FACILITATORS} facilitators: stored", ballots / posted.seconds, "ballots/s"),
        Figure(f"{name}: stored, de-duplicated and counted", ballots / (counted - began), "ballots/s", GOAL_BATCHES),
        Figure(f"{name}: counted after the last answer", counted - answered, "s", GOAL_LAG),
        Figure(f"{name}: 99th percentile", posted.p99_ms, "ms"),
        Figure(f"{name} sent once more: found to be held", ballots / again.seconds, "ballots/s"),
        Figure(f"{name}: ballots not taken at first, or taken twice", ballots - posted.accepted + again.accepted, ""),
    ], posted.accepted + again.accepted


def _single(opened: OpenRound, tokens: Mapping[str, str] | None, port: int) -> bytes:
    area = random.choice(list(tokens or opened.units))  # noqa: S311
    unit_code = random.choice(opened.units[area])  # noqa: S311
    body = _ballot(opened, unit_code)
    if tokens is None:
        body |= {"ballot_token": opened.ballot_token(unit_code), "device_id": str(uuid4())}
    return request(port, PATH, body, tokens[area] if tokens else None)


def _batch(opened: OpenRound, sender: str, port: int, units: int) -> bytes:
    """What was recorded in a meeting of each of so many units."""
    chosen = random.sample([unit_code for codes in opened.units.values() for unit_code in codes], units)
    meetings = {unit_code: str(uuid4()) for unit_code in chosen}
    items = [_ballot(opened, unit_code, meetings[unit_code]) for unit_code in sorted(random.choices(chosen, k=BATCH))]  # noqa: S311
    return request(port, f"{PATH}:batch", {"ballots": items}, sender)


def _ballot(opened: OpenRound, unit_code: str, meeting_id: str | None = None) -> dict[str, Any]:
    return {
        "id": str(uuid4()),
        "round_id": str(opened.id),
        "unit_code": unit_code,
        "scores": random.choices((1, 2, 3, 4, 5, None), (2, 4, 8, 8, 4, 1), k=INDICATORS),  # noqa: S311
        "sex": random.choice(SEXES),  # noqa: S311
        "age_group": random.choice(AGE_GROUPS),  # noqa: S311
        "id_poor": random.choice((True, False, None)),  # noqa: S311
        "cast_at": "2026-03-02T09:30:00+07:00",
    } | ({"meeting_id": meeting_id} if meeting_id else {})


@contextmanager
def _parsing(opened: OpenRound) -> Iterator[int]:
    """A service that only parses, behind a gateway as the ballots have; the gateway's port."""
    directory = opened.stack.data_dir / "parsing"
    directory.mkdir()
    service_port, port = free_ports(2, directory)
    names = ("registry", "jaap", "budget", "notify")
    upstreams = {name: ("127.0.0.1", port_of(opened.stack, name)) for name in names}
    upstreams["scorecard"] = ("127.0.0.1", service_port)
    render(directory, port=port, upstreams=upstreams, admin_port=None, environment="local")
    gateway = Gateway(directory, port, directory / "gateway.log")
    processes: list[subprocess.Popen[bytes]] = [
        spawn(
            [sys.executable, "-m", "bench.parsing", str(service_port)],
            environment=python_environment(**opened.stack.environment("scorecard")),
            log=directory / "service.log", directory=Path.cwd(),
        ),
        gateway.launch(),
    ]  # fmt: skip
    try:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not (answers(service_port, "/livez") and answers(port, "/")):
            if time.monotonic() > deadline:
                raise TimeoutError("the service that only parses did not start")
            time.sleep(0.1)
        yield port
    finally:
        for process in processes:
            stop(process, SIGTERM, 10)
