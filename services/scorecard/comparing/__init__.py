"""Comparing: with earlier rounds, also across splits of areas, and among areas and units of one round."""
