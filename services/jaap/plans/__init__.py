"""A commune's plan for a year, and its agenda."""
