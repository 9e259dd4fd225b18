"""A year of social accountability, played through the public API alone: the demo and the heart of the journeys."""
