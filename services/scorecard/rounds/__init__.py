"""Scoring rounds: when and where citizens may score."""
