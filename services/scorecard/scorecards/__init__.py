"""The scorecard of one unit in one round, from running to published."""
