"""Money: fiscal years, envelopes, what actions ask for, and what they are given."""
