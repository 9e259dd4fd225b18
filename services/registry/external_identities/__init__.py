"""Signing in with an identity of another issuer (OpenID Connect), exchanged for tokens of our own."""
