"""Patterns that are unlikely: flagged for a reviewer to look at; nothing is dropped or held up for them."""
