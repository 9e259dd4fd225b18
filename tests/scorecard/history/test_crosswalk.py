"""The crosswalk arrives over real NATS, and each of its lines is kept once."""

from tests.scorecard.conftest import Scorecard
from tests.scorecard.test_events import publish
from tests.scorecard.years import line
from tests.world import World


async def test_a_line_that_comes_again_changes_nothing(world: World) -> None:
    scorecard = Scorecard(world, await world.start("scorecard"))
    told = line("split", "020301", "020305")
    await publish(world, told, line("merge", "020302", "020303"), told)
    await world.drain()
    assert await scorecard.count("area_succession") == 2
    await scorecard.tell(told)
    assert await scorecard.count("area_succession WHERE told_at < now() AND kind = 'split'") == 1
