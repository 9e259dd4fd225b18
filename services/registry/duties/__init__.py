"""Whether bodies met as often as they have to."""
