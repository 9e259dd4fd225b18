"""Having a file prepared by a process of its own (prepare.py), so that its memory is gone when it ends."""

import asyncio
import hashlib
import json
import os
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from fastapi import Request
from pydantic import BaseModel

from services.registry.boundaries.models import MatchBy, Shape
from services.registry.boundaries.refusals import file_problem
from shared.areas import Level
from shared.errors import TooLarge

ROOT = Path(__file__).resolve().parents[3]
PREPARE = "services.registry.boundaries.prepare"
LARGEST_BODY = 64 * 2**20
PATIENCE_SECONDS = 150.0
LINES_AT_ONCE = 200
ENVIRONMENT = {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "LC_ALL": "C.UTF-8"}
"""Nothing of the service's own: a file of unknown origin is read with no secret at hand."""


class Order(BaseModel):
    """What the process is told."""

    directory: str
    level: Level
    match: MatchBy
    code_property: str | None
    name_property: str | None
    parent_property: str | None


class Feature(BaseModel):
    """A feature as the file tells it; `flaw` when its geometry cannot be used, `repaired` when it was put right."""

    row: int
    code: str | None
    names: list[str]
    parent: str | None
    flaw: str | None = None
    repaired: str | None = None


class Chosen(BaseModel):
    """The properties that were read."""

    code: str | None
    names: list[str]
    parent: str | None


class Prepared(BaseModel):
    """A file that was read: what its features are, and how many have a border that does not meet the neighbour's."""

    shape: Shape
    properties: Chosen
    features: list[Feature]
    borders_apart: int


@dataclass(frozen=True, slots=True)
class ShapeLine:
    """The geometries of one feature, as GeoJSON: as given, for the web, and a point inside an area."""

    row: int
    original: str
    web: str
    inside: str | None


@dataclass(frozen=True, slots=True)
class File:
    """A file that was received, in a directory that goes with it."""

    directory: Path
    digest: str

    def shapes(self) -> Iterator[list[ShapeLine]]:
        """The geometries, some at a time: all of them together may be large."""
        with (self.directory / "shapes.tsv").open() as lines:
            batch: list[ShapeLine] = []
            for line in lines:
                row, original, web, inside = line.rstrip("\n").split("\t")
                batch.append(ShapeLine(int(row), original, web, inside or None))
                if len(batch) == LINES_AT_ONCE:
                    yield batch
                    batch = []
            if batch:
                yield batch


@asynccontextmanager
async def receive(request: Request) -> AsyncIterator[File]:
    """Write the body to a file as it comes. Raises TooLarge."""
    with TemporaryDirectory(prefix="isaf-boundaries-") as name:
        directory, digest, size = Path(name), hashlib.sha256(), 0
        with (directory / "given").open("wb") as file:
            async for chunk in request.stream():
                size += len(chunk)
                if size > LARGEST_BODY:
                    raise TooLarge(
                        "body_too_large",
                        en="The file is larger than 64 MiB. Send a level with fewer corners, or simplify it first.",
                        km="ឯកសារធំជាង ៦៤ MiB។ សូមបន្ថយចំនួនចំណុចព្រំ រួចផ្ញើម្ដងទៀត។",
                    )
                digest.update(chunk)
                file.write(chunk)
        yield File(directory, digest.hexdigest())


async def prepare(file: File, order: Order) -> Prepared:
    """Read, check and simplify the file. Raises Invalid where it cannot be used at all."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", PREPARE, order.model_dump_json(),
        cwd=ROOT, env={"PATH": os.defpath} | ENVIRONMENT, stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            ended = await process.wait()
    except TimeoutError:
        raise file_problem("import_too_heavy") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    report = file.directory / "report.json"
    if ended != 0 or not report.is_file():
        raise file_problem("import_too_heavy")
    told: dict[str, Any] = json.loads(report.read_text())
    if "problem" in told:
        raise file_problem(told["problem"], told["detail"], told["pointer"])
    return Prepared.model_validate(told)
