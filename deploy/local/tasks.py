"""What is done once at a start, in a child of the host, where everything is imported already."""

from pathlib import Path

from deploy.gateway.render import render


def render_gateway(
    output_dir: str, port: int, upstreams: dict[str, tuple[str, int]], admin_port: int, deployment: str
) -> None:
    """Write the gateway's configuration and the documents that it serves."""
    render(Path(output_dir), port=port, upstreams=upstreams, admin_port=admin_port, environment=deployment)
