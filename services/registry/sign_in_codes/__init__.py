"""One-time codes that are sent to a phone."""
