"""Money: what actions ask for and what budget allocates."""
