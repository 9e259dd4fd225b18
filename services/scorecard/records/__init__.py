"""What facilitators' phones record without signal: taken together, in any order, as often as they are sent."""
