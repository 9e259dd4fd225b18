"""Asking a report by area for the nation, down to a row for each of its 1,661 communes, and for single areas."""

import time
from collections.abc import Iterator
from typing import Any

import httpx

from bench.figures import Figure, percentile

ASKED = 150
GOAL = "< 50 ms"
AREAS = (
    ("nation by province", "", "province"),
    ("nation by district", "", "district"),
    ("nation by commune", "", "commune"),
    ("province", "02", "district"),
    ("district", "0202", "commune"),
    ("commune", "020201", "commune"),
)


def ask_report(client: httpx.Client, path: str, **params: Any) -> Iterator[Figure]:
    """How long a report takes for each of AREAS; `path` is that below the client's address."""
    report = path.rpartition("/")[2]
    for name, area, level in AREAS:
        times = []
        for _ in range(ASKED):
            began = time.perf_counter()
            answer = client.get(path, params=params | {"area": area, "level": level})
            times.append((time.perf_counter() - began) * 1000)
            if answer.status_code != 200:
                raise RuntimeError(answer.text[:1000])
        yield Figure(f"{report}, {name}, median", percentile(times, 50), "ms")
        yield Figure(f"{report}, {name}, 99th percentile", percentile(times, 99), "ms", GOAL)
