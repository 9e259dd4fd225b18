"""Envelopes: what a body sets aside for a year."""
