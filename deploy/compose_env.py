"""Print the environment file of docker-compose.yml with random secrets: `python3 -m deploy.compose_env URL > .env`.

Needs nothing but Python, as it runs on a server before anything is installed.
"""

import secrets
import sys

SERVICES = ("registry", "scorecard", "jaap", "budget", "notify")


def lines(public_url: str) -> list[str]:
    """Every variable that docker-compose.yml asks for; a NATS password must begin with a letter."""
    names = [
        *(f"ISAF_DB_PASSWORD_{role.upper()}" for role in ("postgres", *SERVICES)),
        *(f"ISAF_NATS_PASSWORD_{user.upper()}" for user in ("admin", *SERVICES)),
        *(f"ISAF_SECRET_KEY_{service.upper()}" for service in SERVICES),
    ]
    return [f"ISAF_PUBLIC_URL={public_url}", *(f"{name}=k{secrets.token_hex(24)}" for name in names)]


def main() -> int:
    """Write to standard output, so that nothing is overwritten by accident."""
    if len(sys.argv) != 2 or not sys.argv[1].startswith(("https://", "http://")):
        sys.stderr.write("Usage: python3 -m deploy.compose_env https://isaf.example.gov.kh > .env\n")
        return 2
    sys.stdout.write("\n".join(lines(sys.argv[1].rstrip("/"))) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
