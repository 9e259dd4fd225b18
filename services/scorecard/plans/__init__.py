"""Plans: which units take part in a round, when, and in which villages meetings about them are held."""
