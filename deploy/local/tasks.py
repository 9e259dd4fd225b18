"""What is done once at a start, in a child of the host, where everything is imported already."""

from pathlib import Path
from typing import Any

from deploy.gateway.render import render


def render_gateway(directory: str, settings: dict[str, Any], made_from: str) -> None:
    """Write the gateway's configuration and documents, and what they were made from."""
    mark = Path(directory) / "made-from"
    mark.unlink(missing_ok=True)
    Path(directory).mkdir(exist_ok=True)
    render(Path(directory), **settings)
    mark.write_text(made_from)
