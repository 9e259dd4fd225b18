"""Which partner hears of which events, where."""
