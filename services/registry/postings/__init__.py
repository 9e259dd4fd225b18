"""Which posters hang where: recorded by whoever put them up, reported by area."""
