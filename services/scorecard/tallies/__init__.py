"""Meeting tallies: how a group of citizens voted, counted by a facilitator."""
