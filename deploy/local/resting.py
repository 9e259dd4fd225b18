"""What the host is while nothing is to be forked: the same process and parent, with 4 MB in place of 40.

Each service has by then made its own copy of most pages that it shares with the host, and the host would keep the
originals for nobody. So it runs this instead of itself, keeps watch over its children, and becomes the host again, with
all imports, when an order comes. It is run without site-packages and imports next to nothing.
"""

import json
import os
import select
import signal
import sys


def main() -> None:
    """Report children that end; on the first order become the host again, which reads it."""
    reports, children, modules = int(sys.argv[1]), json.loads(sys.argv[2]), sys.argv[3:]
    wake_read, wake_write = os.pipe()
    os.set_blocking(wake_read, False)
    os.set_blocking(wake_write, False)
    signal.set_wakeup_fd(wake_write)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    poll = select.poll()
    poll.register(0, select.POLLIN)
    poll.register(wake_read, select.POLLIN)
    _take_the_hosts_name()
    while True:
        _reap(reports, children)
        news = dict(poll.poll())
        if news.get(0, 0) & select.POLLIN:
            arguments = ["--reports", str(reports), "--children", json.dumps(children), *modules]
            os.execv(sys.executable, [sys.executable, "-m", "deploy.local.host", *arguments])  # noqa: S606
        if 0 in news:
            return
        os.read(wake_read, 4096)


def _take_the_hosts_name() -> None:
    try:
        with open("/proc/self/comm", "w") as name:  # noqa: PTH123
            name.write("isaf-services")
    except OSError:  # not Linux
        return


def _reap(reports: int, children: dict[str, str]) -> None:
    try:
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            if name := children.pop(str(pid), None):
                report = {"exited": name, "pid": pid, "code": os.waitstatus_to_exitcode(status)}
                os.write(reports, json.dumps(report).encode() + b"\n")
    except (ChildProcessError, BrokenPipeError):
        return


if __name__ == "__main__":
    main()
