"""Published results, rolled up by area."""
