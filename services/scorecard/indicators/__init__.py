"""Versioned sets of indicators, one per kind of unit."""
