"""How many codes may be asked for: per phone, per address and in all, kept in the database for all processes alike."""

import ipaddress
import math
from dataclasses import dataclass
from datetime import timedelta

from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.sign_in_codes.codes import hidden
from shared.errors import TooManyRequests
from shared.settings import Settings

TAKE = text(
    """
    INSERT INTO cap (key_hash, used, ends_at) VALUES (:key, 1, now() + CAST(:window AS interval))
    ON CONFLICT (key_hash) DO UPDATE SET
        used = CASE WHEN cap.ends_at <= now() THEN 1 ELSE cap.used + 1 END,
        ends_at = CASE WHEN cap.ends_at <= now() THEN excluded.ends_at ELSE cap.ends_at END
    RETURNING used, extract(epoch FROM ends_at - clock_timestamp())::float AS wait
    """
)
FORGET = text(
    "DELETE FROM cap WHERE key_hash IN (SELECT key_hash FROM cap WHERE ends_at < now() - interval '1 hour'"
    " ORDER BY ends_at LIMIT 100 FOR UPDATE SKIP LOCKED)"
)


@dataclass(frozen=True, slots=True)
class Cap:
    """So many codes for one key within a window that begins with the first."""

    key: str
    most: int
    window: timedelta


def caps_of(phone: str, address: str, settings: Settings) -> list[Cap]:
    """What a request counts against. A phone network puts thousands behind one address, hence the wide cap there."""
    return [
        Cap(f"phone:{phone}", 3, timedelta(minutes=15)),
        Cap(f"phone-day:{phone}", 10, timedelta(days=1)),
        Cap(f"address:{network_of(address)}", settings.sms_per_address_per_hour, timedelta(hours=1)),
        Cap("day", settings.sms_per_day, timedelta(days=1)),
    ]


async def take(db: AsyncSession, caps: list[Cap], secret: SecretStr) -> None:
    """Count a request. Raises TooManyRequests, and then nothing is counted, as the transaction is rolled back."""
    for cap in caps:
        row = (await db.execute(TAKE, {"key": hidden(secret, cap.key), "window": cap.window})).one()
        if row.used > cap.most:
            raise _too_many(max(1, math.ceil(row.wait)))
    await db.execute(FORGET)


def network_of(address: str) -> str:
    """Whom an address stands for: itself, or an IPv6 customer's /64."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(parsed.ipv4_mapped or ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def _too_many(seconds: int) -> TooManyRequests:
    minutes = math.ceil(seconds / 60)
    return TooManyRequests(
        "too_many_codes",
        en=f"Too many codes were asked for. Try again in {minutes} minutes.",
        km=f"បានស្នើលេខកូដច្រើនដងពេក។ សូមព្យាយាមម្ដងទៀតក្នុងរយៈពេល {minutes} នាទីទៀត។",
        headers={"Retry-After": str(seconds), "Cache-Control": "no-store"},
    )
