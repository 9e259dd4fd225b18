"""The yearly operating estimate."""
