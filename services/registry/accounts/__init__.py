"""Accounts of people and systems, and the roles granted to them."""
