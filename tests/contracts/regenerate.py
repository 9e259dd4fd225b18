"""Write the golden files of new events and of events with new optional fields: `python -m tests.contracts.regenerate`.

A change that would break consumers is refused: make a new version of the event (…v2, a class of its own) and publish
both until nobody reads the old one.
"""

import json
import sys

from shared.events.catalogue import ALL_EVENT_TYPES
from tests.contracts.golden import DIRECTORY, breaches, current, path_of, stored


def main() -> int:
    """Bring the files up to date; 1 when some change may not be."""
    DIRECTORY.mkdir(exist_ok=True)
    refused = 0
    for event in ALL_EVENT_TYPES:
        path, now = path_of(event), current(event)
        broken = breaches(stored(event), now) if path.exists() else []
        for breach in broken:
            sys.stderr.write(f"{event.TYPE}: {breach}\n")
        refused += bool(broken)
        if not broken:
            path.write_text(json.dumps(now, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    if refused:
        sys.stderr.write("Not written: make a new version of the event instead.\n")
    return min(refused, 1)


if __name__ == "__main__":
    sys.exit(main())
