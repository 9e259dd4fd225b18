"""Organisations: ministries, departments, partners, and groups of a commune."""
