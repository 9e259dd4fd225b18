"""Signing in: access tokens, refresh tokens and the keys that sign them."""
