"""API keys of systems."""
