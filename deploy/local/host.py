"""The parent of the five services: it imports what they share once, then forks a process for each.

One import of the stack instead of five saves seconds at the start and most of the memory, as the children share its
pages. The supervisor writes orders to its input and reads reports from its output, one JSON object a line:
`{"start": NAME, "target": "module:app", "port": N, "environment": {…}, "log": PATH}` serves an application,
`{"start": NAME, "target": "module:function", "arguments": {…}, …}` calls a function and ends with its result,
`{"rest": true}` gives the memory back until the next order (see resting.py), and
`{"started": NAME, "pid": N}`, `{"exited": NAME, "pid": N, "code": N}` tell what became of it. When the host dies, so do
its children.
"""

import argparse
import gc
import importlib
import json
import os
import selectors
import signal
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

from deploy.local.process import die_with_parent, name_process

RESTING = Path(__file__).with_name("resting.py")
UNWANTED = ("rich", "pygments")
"""Libraries for terminals that httpx and structlog load where they find them."""

STACK = (
    "fastapi", "fastapi.telemetry._runtime", "sqlmodel", "sqlalchemy.dialects.postgresql.asyncpg", "nats",
    "encodings.idna", "httpx", "httpcore", "certifi", "h11", "anyio._backends._asyncio", "uvloop", "httptools",
    "shared.serve", "uvicorn.lifespan.on", "uvicorn.protocols.http.httptools_impl", "uvicorn.protocols.websockets.auto",
)  # fmt: skip
"""What every service imports, much of it only when it starts: what is imported here is imported once."""


class Host:
    """Forks children to order and reports what becomes of them."""

    def __init__(self, reports: int, children: dict[int, str], modules: list[str]) -> None:
        self._reports, self._children, self._modules = reports, children, modules
        self._unread = b""
        self._wake_read, wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(wake_write, False)
        signal.set_wakeup_fd(wake_write)
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def run(self) -> None:
        """Take orders until the supervisor closes the line, then end the children."""
        selector = selectors.DefaultSelector()
        selector.register(0, selectors.EVENT_READ)
        selector.register(self._wake_read, selectors.EVENT_READ)
        self._reap()
        while True:
            for key, _ in selector.select():
                if key.fd == self._wake_read:
                    os.read(self._wake_read, 4096)
                    self._reap()
                elif not self._take_orders():
                    self._end_children()
                    return

    def _take_orders(self) -> bool:
        received = os.read(0, 65_536)
        *lines, self._unread = (self._unread + received).split(b"\n")
        orders = [json.loads(line) for line in lines]
        for order in orders:
            if "start" in order:
                self._fork(order)
        if orders and "rest" in orders[-1] and not self._unread:
            self._rest()
        return bool(received)

    def _rest(self) -> NoReturn:
        children = json.dumps(self._children)
        os.set_inheritable(self._reports, True)
        os.execv(  # noqa: S606
            sys.executable, [sys.executable, "-I", "-S", str(RESTING), str(self._reports), children, *self._modules]
        )

    def _fork(self, order: dict[str, Any]) -> None:
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            _become(order, parent)
        self._children[pid] = order["start"]
        self._report(started=order["start"], pid=pid)

    def _reap(self) -> None:
        with suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    return
                name = self._children.pop(pid, None)
                if name is not None:
                    self._report(exited=name, pid=pid, code=os.waitstatus_to_exitcode(status))

    def _report(self, **report: object) -> None:
        with suppress(BrokenPipeError):
            os.write(self._reports, json.dumps(report).encode() + b"\n")

    def _end_children(self) -> None:
        for pid in list(self._children):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        for pid in list(self._children):
            with suppress(ChildProcessError):
                os.waitpid(pid, 0)


def _become(order: dict[str, Any], parent: int) -> None:
    """Turn the forked child into the service or task that was ordered; never return."""
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        die_with_parent(signal.SIGKILL, parent)
        name_process(f"isaf-{order['start']}")
        _redirect(order["log"])
        os.environ.update(order["environment"])
        gc.enable()
        module, _, attribute = order["target"].partition(":")
        target = getattr(importlib.import_module(module), attribute)
        code = _serve(target, order["port"]) if "port" in order else _call(target, order["arguments"])
    except SystemExit as exit_:
        code = exit_.code if isinstance(exit_.code, int) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        with suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def _serve(app: Any, port: int) -> int:
    from shared.serve import serve

    return serve(app, port=port)


def _call(task: Any, arguments: dict[str, Any]) -> int:
    result = task(**arguments)
    return result if isinstance(result, int) else 0


def _redirect(log: str) -> None:
    """Output to the log, input from nowhere: a service must not read the supervisor's orders."""
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)
    os.close(nothing)


def _import_all(services: list[str]) -> None:
    """Import what the children will need; what cannot be imported fails again in its child, into its own log."""
    for name in UNWANTED:
        sys.modules[name] = None  # type: ignore[assignment]  # as the import system spells "not to be found"
    for name in (*STACK, *services):
        try:
            importlib.import_module(name)
        except Exception:
            traceback.print_exc()
    _warm_up(services)


def _warm_up(services: list[str]) -> None:
    """Do what each child would do for itself, where it can be shared."""
    from fastapi import FastAPI
    from sqlalchemy.orm import configure_mappers

    from shared.trust import authorities
    from shared.warm import warm

    configure_mappers()
    authorities()
    for name in services:
        app = getattr(sys.modules.get(name), "app", None)
        if isinstance(app, FastAPI):
            warm(app)


def main() -> None:
    """Import everything, freeze it out of the collector's sight so that its pages stay shared, then take orders."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--reports", type=int)
    parser.add_argument("--children", type=json.loads, default={})
    parser.add_argument("modules", nargs="*")
    options = parser.parse_args()
    reports = options.reports
    if reports is None:
        reports = os.dup(1)
        os.dup2(2, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    name_process("isaf-services")
    # As the documentation of gc.freeze advises: no collection here, as the holes it leaves would be filled by the
    # children, page by page, each in a copy of its own.
    gc.disable()
    host = Host(reports, {int(pid): name for pid, name in options.children.items()}, options.modules)
    _import_all(options.modules)
    gc.freeze()
    host.run()


if __name__ == "__main__":
    main()
