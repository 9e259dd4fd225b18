"""The order in which everything comes up, from an empty directory to a healthy stack with its demo."""

import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from deploy.local import demo, secret_store
from deploy.local.cluster import locate
from deploy.local.gateway import fingerprint
from deploy.local.installation import ROOT, SERVICES, Installation, State
from deploy.local.logs import tail
from deploy.local.narrator import Narrator
from deploy.local.parts import Parts
from deploy.local.problems import Problem, explain
from deploy.local.process import is_alive, python_environment, spawn, stop_stranger
from deploy.local.summary import summary
from deploy.local.supervisor import Interrupted, Running, Supervisor

PATIENCE = 60.0
TASK_PATIENCE = 180.0


def run(data_dir: Path, *, port: int, with_demo: bool, narrator: Narrator) -> int:
    """Start everything and keep it running until asked to stop; the caller's process becomes the supervisor."""
    state = State(data_dir.resolve())
    if not state.acquire():
        return already_running(state, narrator)
    try:
        _stop_leftovers(state.read(), narrator)
        installation = Installation.plan(data_dir, port, demo=with_demo)
        _refuse_incomplete()
        return _Start(installation, state, narrator).run()
    except OSError as error:
        raise explain(error, "start") from error
    finally:
        state.release()


def already_running(state: State, narrator: Narrator) -> int:
    """A second `up` on the same data tells where the first one is."""
    known = state.read()
    phase = known.get("phase", "starting")
    if phase == "ready":
        place = Installation.of_state(known)
        narrator.say(f"ISAF is already running on these data at {place.base_url} (pid {known['pid']}).")
        narrator.say("Stop it with: make down")
        return 0
    raise Problem(
        f"Another start on {state.data_dir} is under way (it is {phase}).", "Wait for it, or stop it with: make down"
    )


def _stop_leftovers(state: Mapping[str, Any], narrator: Narrator) -> None:
    """End what a killed supervisor left: on Linux little, as the kernel ends its children with it."""
    for part in state.get("parts", []):
        if part["name"] != "postgres" and is_alive(part["pid"], part["created"]):
            stop_stranger(part["pid"], signal.Signals(part["stop_signal"]), 10)
            narrator.report(f"{part['name']} was left running by an earlier, killed start; it was stopped.")


def _data_exist(place: Installation) -> bool:
    return locate(place.data_dir / "postgres").data.exists() or (place.data_dir / "nats").exists()


def _refuse_incomplete() -> None:
    missing = [service for service in SERVICES if not (ROOT / "services" / service / "main.py").exists()]
    if missing:
        raise Problem(
            f"This checkout is not whole: services/{missing[0]}/main.py is missing (of {', '.join(missing)}).",
            "Restore the files: git status shows what is missing, git checkout -- services brings it back",
        )


class _Start:
    def __init__(self, installation: Installation, state: State, narrator: Narrator) -> None:
        self.place, self.narrator = installation, narrator
        self.supervisor = Supervisor(installation, state, narrator.report)

    def run(self) -> int:
        self.supervisor.take_signals()
        try:
            self._bring_up()
            self.supervisor.watch_for_ever()
        except Interrupted:
            self.narrator.report("Stopping …")
            return 0
        except BaseException:
            self.supervisor.phase("failed")
            raise
        finally:
            self.supervisor.stop()
        return 1

    def _bring_up(self) -> None:
        place, narrator, supervisor = self.place, self.narrator, self.supervisor
        secret_store.keep(place.secrets_file, data_exist=_data_exist(place))
        self.parts = parts = Parts(place)
        supervisor.start(parts.host, parts.nats)
        if explanation := parts.postgres.cluster.explanation:
            narrator.say(explanation)
        with narrator.step("PostgreSQL 18 and NATS JetStream"):
            supervisor.start(parts.postgres)
            supervisor.wait_ready([parts.postgres, parts.nats], PATIENCE)
            parts.postgres.set_up()
        with narrator.step("Schemas, event streams, gazetteer"):
            rendering = self._render()
            self._finish("migrate", self._migrate())
        with narrator.step("Five services behind the gateway"):
            supervisor.start(*parts.services)
            if rendering:
                self._finish("render", rendering)
            supervisor.wait_ready(parts.services, PATIENCE)
            # Not before: what the gateway finds away at first, it asks again only after a second.
            supervisor.start(parts.gateway)
            supervisor.wait_ready([parts.gateway], PATIENCE)
            self._wait_for_gateway()
        accounts = demo.ready_accounts(supervisor, parts) if place.demo else []
        if place.demo:
            supervisor.demo = demo.play(supervisor, parts, accounts, narrator)
        narrator.say(summary(place, accounts))
        supervisor.phase("ready")

    def _migrate(self) -> Running:
        """The migration job, as everywhere; beside the host, which is busy importing, there is a processor for it."""
        environment = python_environment(**self.parts.migration_environment())
        command = [sys.executable, "-m", "deploy.migrate"]
        return spawn(command, environment=environment, log=self.place.log("migrate"), directory=ROOT)

    def _render(self) -> Running | None:
        """Make the gateway's configuration and documents anew, if anything has changed that they are made of."""
        place, parts = self.place, self.parts
        upstreams = {service: ["127.0.0.1", place.inner_ports[service]] for service in SERVICES}
        settings = {
            "port": place.port,
            "upstreams": upstreams,
            "admin_port": place.inner_ports["gateway_admin"],
            "environment": place.environment_name,
        }
        made_from = fingerprint(ROOT, settings)
        if parts.gateway.was_made_from(made_from):
            return None
        directory = str(place.data_dir / "gateway")
        return parts.host.call(
            "render",
            "deploy.local.tasks:render_gateway",
            {},
            directory=directory,
            settings=settings,
            made_from=made_from,
        )

    def _finish(self, task: str, process: Running) -> None:
        if code := self.supervisor.wait_ended(process, TASK_PATIENCE):
            log = self.place.log(task)
            raise Problem(f"The step {task} failed (exit {code}). The end of its log, {log}:\n{tail(log, 15)}")

    def _wait_for_gateway(self) -> None:
        waiting = list(SERVICES)
        for _ in range(int(PATIENCE / 0.02)):
            waiting = [service for service in waiting if not self.parts.gateway.serves(service)]
            if not waiting:
                return
            self.supervisor.tick(0.02)
        raise Problem(f"The gateway does not reach {', '.join(waiting)}; see {self.place.log('gateway')}")


def detached_command(data_dir: Path, port: int, *, with_demo: bool) -> list[str]:
    """How `up --detach` and tests start a supervisor in the background."""
    command = [sys.executable, "-m", "deploy.local", "up", "--data", str(data_dir), "--port", str(port)]
    return command if with_demo else [*command, "--no-demo"]
