"""Having posters made by processes of their own (compile.py), with a bounded number of requests waiting."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

from shared.errors import ServiceUnavailable

ROOT = Path(__file__).resolve().parents[3]
COMPILE = "services.registry.posters.compile"
ENVIRONMENT = {"PATH": os.defpath, "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8", "RAYON_NUM_THREADS": "1"}
"""Nothing of the service's own: what people wrote is set with no secret at hand."""
MOST_WAITING = 16
"""Posters asked for at the same time: two seconds' work, and whoever comes then is told to come again."""
PATIENCE_SECONDS = 20.0
IDLE_SECONDS = 60.0
MOST_MADE = 300
"""By one process: the library remembers what it has set, which grows by a third of a MB with ten posters."""
HERE = ROOT / "services/registry"
PARTS = ("posters/poster.typ", "posters/compile.py", "posters/content.py", "packs/words.py")
LIBRARIES = ("typst", "fontpkg-noto-sans-khmer", "segno")
MADE_BY = b"".join((HERE / part).read_bytes() for part in PARTS) + "".join(map(version, LIBRARIES)).encode()
"""All that a poster's look depends on beside its content."""


def edition(public_url: str) -> str:
    """Of how posters look now; those made in another edition are made anew."""
    return sha256(MADE_BY + public_url.encode()).hexdigest()[:16]


class NotMade(Exception):
    """A content of which no poster could be made; says why."""


class Compiler:
    """One process, started when a poster is wanted and ended when none was for a minute."""

    def __init__(self, *, background: bool = False) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._background = background
        self._turn = asyncio.Lock()
        self._end: asyncio.TimerHandle | None = None
        self._made = 0

    async def make(self, content: dict[str, Any]) -> bytes:
        """The PDF of a content, after those that were asked for before. Raises NotMade.

        A process that ends of it is no proof against the content, as the kernel ends these first: another one tries.
        """
        request = json.dumps(content).encode()
        async with self._turn:
            if self._end is not None:
                self._end.cancel()
            answer = await self._answer(request) or await self._answer(request)
            self._end = asyncio.get_running_loop().call_later(IDLE_SECONDS, self.close)
        if answer[:1] != b"+":
            raise NotMade(answer[1:].decode() or "the process ended")
        return answer[1:]

    def close(self) -> None:
        """End the process; the next poster starts another."""
        if self._end is not None:
            self._end.cancel()
            self._end = None
        self._discard()

    async def _answer(self, request: bytes) -> bytes:
        """What a process says to a frame; empty when it died of it. Raises NotMade when it takes too long."""
        asked = asyncio.create_task(asyncio.to_thread(self._ask, request))
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                answer = await asyncio.shield(asked)
        except TimeoutError:
            raise NotMade("it took too long") from None
        finally:
            await self._abandon(asked)
        self._made += 1
        if not answer or self._made >= MOST_MADE:
            self._discard()  # the next content is not sent to a process that is about to end
        return answer

    async def _abandon(self, asked: asyncio.Task[bytes]) -> None:
        """End the process until the thread that waits for it has noticed; nothing where it has its answer."""
        if not asked.done():
            while not asked.done():
                if self._process is not None:
                    self._process.kill()
                await asyncio.wait([asked], timeout=0.05)
            self._discard()

    def _discard(self) -> None:
        process, self._process, self._made = self._process, None, 0
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                assert pipe is not None
                _close(pipe)

    def _ask(self, request: bytes) -> bytes:
        """Send a frame and read its answer; empty when the process died of it. Runs in a thread."""
        process = self._process
        if process is None or process.poll() is not None:
            self._discard()
            process = self._process = self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(len(request).to_bytes(4) + request)
            process.stdin.flush()
            size = int.from_bytes(process.stdout.read(4))
            answer = process.stdout.read(size)
            return answer if len(answer) == size else b""
        except (BrokenPipeError, ValueError):
            return b""

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", COMPILE, *(["--background"] if self._background else [])]
        return subprocess.Popen(  # noqa: S603 - our own module
            command, cwd=ROOT, env=ENVIRONMENT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )


class Queue:
    """One compiler for many who ask at the same time."""

    def __init__(self, *, background: bool = False) -> None:
        self._compiler: Compiler | None = None
        self._background = background
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting = 0

    @asynccontextmanager
    async def place(self) -> AsyncIterator[Compiler]:
        """A place in the line. Raises ServiceUnavailable when it is too long."""
        if self._waiting >= MOST_WAITING:
            raise too_many()
        self._waiting += 1
        try:
            yield self.here()
        finally:
            self._waiting -= 1

    def here(self) -> Compiler:
        """The compiler of the loop that runs now."""
        loop = asyncio.get_running_loop()
        if self._compiler is None or self._loop is not loop:
            self.close()
            self._compiler, self._loop = Compiler(background=self._background), loop
        return self._compiler

    def close(self) -> None:
        """End the process."""
        if self._compiler is not None:
            self._compiler.close()


queue = Queue()
"""For single posters."""
zip_queue = Queue(background=True)
"""For zips that are being sent and lack some: however many, they share one process."""


def _close(pipe: IO[bytes]) -> None:
    """Close a pipe whose other end may be gone with something unsent."""
    try:
        pipe.close()
    except BrokenPipeError:
        return


def too_many() -> ServiceUnavailable:
    """The refusal of a poster while many others are being made."""
    return ServiceUnavailable(
        "posters_busy",
        en="Many posters are being made at this moment. Ask again in 3 seconds.",
        km="កំពុងបង្កើតផ្ទាំងព័ត៌មានជាច្រើននៅពេលនេះ។ សូមព្យាយាមម្ដងទៀតក្នុងរយៈពេល ៣ វិនាទី។",
        retry_after=3,
    )
