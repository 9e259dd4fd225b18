"""Make the gateway's configuration for one place: envoy.yaml and the documents beside it."""

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

import yaml

from deploy.gateway import documents, openapi, problems
from deploy.gateway.openapi import SERVICES

TEMPLATE = Path(__file__).parent / "envoy.yaml"
RATE_PRODUCTION = 300
RATE_ELSEWHERE = 5000
"""On one machine every client, the simulated nation too, comes from one address."""
TLS_API = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3"
LOOPBACK_ORIGINS = r"https?://(localhost|127\.0\.0\.1)(:\d+)?"


@dataclass(frozen=True, slots=True)
class Tls:
    """Certificate chain and key (PEM); with a redirect_port, plain HTTP there points to HTTPS at public_port."""

    certificate: Path
    key: Path
    redirect_port: int | None = None
    public_port: int = 443


class SettingsError(Exception):
    """The gateway was asked for something that would not be safe or cannot work; the text says what to do."""


def render(
    output_dir: Path,
    *,
    port: int,
    upstreams: Mapping[str, tuple[str, int]],
    admin_port: int | None,
    environment: str,
    tls: Tls | None = None,
    rate_limit_per_second: int | None = None,
    bind: str | None = None,
    cors_origins: Sequence[str] = (),
    trusted_hops: int = 0,
    headers_timeout: float = 10,
    exchange_timeout: float = 150,
    import_timeout: float = 300,
    openapi_document: Mapping[str, object] | None = None,
    asyncapi_document: Mapping[str, object] | None = None,
) -> Path:
    """Write envoy.yaml and the documents it serves to output_dir; return the path of envoy.yaml.

    Without tls the gateway binds to loopback, except in production, where that is refused unless a proxy in front
    (trusted_hops >= 1) brings the TLS. The rate limit holds per client address; signing in gets a tenth of it,
    posters, of which each may cost a tenth of a second of a processor, a hundredth.
    """
    production = environment == "production"
    _refuse_unsafe(production and tls is None and trusted_hops == 0, upstreams)
    redirect_port = tls.redirect_port if tls else None
    values: dict[str, object] = {
        "bind": bind or ("0.0.0.0" if production else "127.0.0.1"),  # noqa: S104 - the world is meant to reach it
        "port": port,
        "admin_port": admin_port or 0,
        "redirect_port": redirect_port or 0,
        "public_port": tls.public_port if tls else port,
        "transport_socket": json.dumps(_transport_socket(tls, output_dir / "tls.yaml")),
        "hsts": "max-age=31536000; includeSubDomains" if tls else "",
        "trusted_hops": trusted_hops,
        "headers_timeout": headers_timeout,
        "exchange_timeout": exchange_timeout,
        "import_timeout": import_timeout,
        **_rates(rate_limit_per_second or (RATE_PRODUCTION if production else RATE_ELSEWHERE)),
        "cors_origins": json.dumps(_origins(cors_origins, loopback=not production)),
        "problems": json.dumps(problems.mappers()),
        **{name: json.dumps({"address": host, "port_value": at}) for name, (host, at) in upstreams.items()},
    }
    config = yaml.safe_load(Template(TEMPLATE.read_text()).substitute(values))
    pages = documents.collect(openapi_document or openapi.document(), asyncapi_document or openapi.asyncapi_document())
    _add_routes(config, documents.write(pages, output_dir / "www"))
    if admin_port is None:
        del config["admin"]
    if redirect_port is None:
        config["static_resources"]["listeners"].pop()
    path = output_dir / "envoy.yaml"
    path.write_text(yaml.dump(config, Dumper=_PlainDumper, sort_keys=False, allow_unicode=True, width=200))
    return path


def _refuse_unsafe(in_the_clear: bool, upstreams: Mapping[str, tuple[str, int]]) -> None:
    if in_the_clear:
        raise SettingsError(
            "In production tokens must not travel in the clear: give a certificate (ISAF_GATEWAY_TLS_CERTIFICATE and "
            "ISAF_GATEWAY_TLS_KEY), or say how many proxies in front bring TLS (ISAF_GATEWAY_TRUSTED_HOPS=1)."
        )
    missing = [name for name in SERVICES if name not in upstreams]
    if missing:
        raise SettingsError(f"No address was given for {', '.join(missing)}.")


def _transport_socket(tls: Tls | None, secrets: Path) -> dict[str, Any] | None:
    """Envoy's TLS settings. The certificate is named in a file of its own, which lets Envoy take up a renewed one."""
    if tls is None:
        return None
    secrets.parent.mkdir(parents=True, exist_ok=True)
    certificate = {
        "certificate_chain": {"filename": str(tls.certificate)},
        "private_key": {"filename": str(tls.key)},
        "watched_directory": {"path": str(tls.certificate.parent)},
    }
    secret = {"@type": f"{TLS_API}.Secret", "name": "certificate", "tls_certificate": certificate}
    secrets.write_text(yaml.safe_dump({"resources": [secret]}, sort_keys=False))
    source = {"path_config_source": {"path": str(secrets.resolve())}, "resource_api_version": "V3"}
    return {
        "name": "envoy.transport_sockets.tls",
        "typed_config": {
            "@type": f"{TLS_API}.DownstreamTlsContext",
            "common_tls_context": {
                "alpn_protocols": ["h2", "http/1.1"],
                "tls_params": {"tls_minimum_protocol_version": "TLSv1_2"},
                "tls_certificate_sds_secret_configs": [{"name": "certificate", "sds_config": source}],
            },
        },
    }


def _rates(rate: int) -> dict[str, int]:
    sign_in, posters = max(1, rate // 10), max(1, rate // 100)
    return {
        "rate": rate,
        "rate_burst": rate * 2,
        "sign_in_rate": sign_in,
        "sign_in_burst": sign_in * 5,
        "poster_rate": posters,
        "poster_burst": posters * 10,
    }


def _origins(origins: Sequence[str], *, loopback: bool) -> list[dict[str, object]]:
    matches: list[dict[str, object]] = [
        {"safe_regex": {"regex": ".*"}} if origin == "*" else {"exact": origin.rstrip("/")} for origin in origins
    ]
    return [*matches, {"safe_regex": {"regex": LOOPBACK_ORIGINS}}] if loopback else matches


def _add_routes(config: dict[str, Any], routes: list[dict[str, object]]) -> None:
    manager = config["static_resources"]["listeners"][0]["filter_chains"][0]["filters"][0]["typed_config"]
    manager["route_config"]["virtual_hosts"][0]["routes"][:0] = routes


class _PlainDumper(yaml.SafeDumper):
    """Writes repeated parts out, so that the file can be read without following anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def main(arguments: Sequence[str] | None = None) -> int:
    """Render from options, each with a variable ISAF_GATEWAY_<OPTION> behind it."""
    options = _parser().parse_args(arguments)
    tls = None
    if options.tls_certificate and options.tls_key:
        tls = Tls(Path(options.tls_certificate), Path(options.tls_key), options.redirect_port, options.public_port)
    try:
        path = render(
            Path(options.output),
            port=options.port,
            upstreams={name: _address(getattr(options, name)) for name in SERVICES},
            admin_port=options.admin_port,
            environment=options.environment,
            tls=tls,
            rate_limit_per_second=options.rate_limit_per_second,
            bind=options.bind,
            cors_origins=options.cors_origins.split(),
            trusted_hops=options.trusted_hops,
        )
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(f"{path}\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m deploy.gateway.render", description=__doc__)

    def option(name: str, default: Any, kind: type = str, **more: Any) -> None:
        variable = f"ISAF_GATEWAY_{name.upper().replace('-', '_')}"
        parser.add_argument(f"--{name}", type=kind, default=os.environ.get(variable) or default, **more)

    parser.add_argument("output", help="directory for envoy.yaml and the documents")
    parser.add_argument("--environment", default=os.environ.get("ISAF_ENVIRONMENT", "production"))
    for service in SERVICES:
        option(service, f"{service}:8000", help=f"host:port of {service}")
    option("port", 8080, int, help="where clients come in")
    option("bind", None, help="address to listen on; all of them in production, else loopback")
    option("admin-port", None, int, help="Envoy's own figures and controls, on loopback; off by default")
    option("tls-certificate", None, help="PEM file of the certificate chain")
    option("tls-key", None, help="PEM file of the key")
    option("redirect-port", None, int, help="plain HTTP port that points to HTTPS")
    option("public-port", 443, int, help="port of HTTPS as clients see it, for that")
    option("trusted-hops", 0, int, help="proxies in front whose X-Forwarded-For is believed")
    option("cors-origins", "", help="origins of web pages that may call the API, separated by spaces; * for all")
    option("rate-limit-per-second", None, int, help=f"requests per client address; {RATE_PRODUCTION} in production")
    return parser


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit():
        raise SettingsError(f"{text!r} is not an address; write host:port.")
    return host, int(port)


if __name__ == "__main__":
    sys.exit(main())
