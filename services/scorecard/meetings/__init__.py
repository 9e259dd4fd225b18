"""Scoring meetings: held where and when, about which units, and who was there."""
