"""Published results, rolled up by area, and participation."""
