"""An endpoint that only parses a ballot and answers, in a service like all others: what ballots are measured against.

`python -m bench.parsing PORT` serves it where the scorecard service has its own, with the same settings around it.
"""

import sys

from services.scorecard.ballots.schemas import BallotIn, BallotReceipt
from shared.app import create_app
from shared.routing import Router
from shared.serve import serve

router = Router()


@router.post("/ballots", status_code=201)
async def parse_ballot(body: BallotIn) -> BallotReceipt:
    """Parse and answer."""
    return BallotReceipt(id=body.id, status="accepted")


app = create_app("scorecard", title="Parsing", description="What parsing costs.", routers=[router])

if __name__ == "__main__":
    sys.exit(serve(app, port=int(sys.argv[1])))
