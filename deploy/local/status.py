"""How each part is, asked of the part itself."""

from typing import Any

from deploy.local.installation import SERVICES, Installation, State
from deploy.local.parts import Parts
from deploy.local.process import is_alive

PARTS = ("gateway", *SERVICES, "postgres", "nats", "services", "up", "migrate", "demo")


def probe(state: State) -> dict[str, Any]:
    """Every part with its address, pid and health; nothing is taken from what was written down but the pids."""
    known = state.read()
    if state.supervisor() is None:
        return {"running": False, "healthy": False, "phase": "stopped", "data": str(state.data_dir), "parts": []}
    place = Installation.of_state(known)
    probes = Parts(place).probes()
    found = []
    for part in known["parts"]:
        alive = is_alive(part["pid"], part["created"])
        well = alive and probes.get(part["name"], lambda: True)()
        health = "healthy" if well else "unhealthy" if alive else "down"
        found.append({**{key: part[key] for key in ("name", "address", "pid", "restarts")}, "health": health})
    return {
        "running": True,
        "healthy": bool(found) and known["phase"] == "ready" and all(part["health"] == "healthy" for part in found),
        "phase": known["phase"],
        "demo": known["demo"],
        "url": place.base_url,
        "environment": place.environment_name,
        "supervisor": known["pid"],
        "data": str(place.data_dir),
        "parts": found,
    }


def show(found: dict[str, Any]) -> str:
    """The same for people."""
    if not found["running"]:
        return f"Nothing is running on {found['data']}. Start it with: make up\n"
    known = f"environment {found['environment']}, supervisor {found['supervisor']}"
    columns = ("name", "health", "pid", "restarts", "address")
    table = [("part", *columns[1:]), *(tuple(str(part[key] or "-") for key in columns) for part in found["parts"])]
    widths = [max(len(row[column]) for row in table) for column in range(len(columns))]
    lines = [f"ISAF at {found['url']} is {found['phase']} ({known})"]
    lines += ["  " + "  ".join(map(str.ljust, row, widths)).rstrip() for row in table]
    return "\n".join(lines) + "\n"
