"""Requests to change a scorecard that was submitted, decided by somebody else."""
