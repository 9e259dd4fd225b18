"""Meetings that bodies held."""
