"""The official list of areas, and what is odd in it."""
