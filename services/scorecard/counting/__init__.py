"""Counting: histograms per unit and per level of areas, filled from a queue by a worker."""
