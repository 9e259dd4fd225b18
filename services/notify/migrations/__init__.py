"""Migrations of the schema notify."""
