"""The fixtures themselves."""

from tests.world import World


async def test_world(world: World) -> None:
    assert world.database
