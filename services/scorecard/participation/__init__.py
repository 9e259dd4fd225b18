"""How many take part while a round runs, how far its scorecards are, and what facilitators and reviewers see so far."""
