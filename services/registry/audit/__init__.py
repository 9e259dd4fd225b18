"""The trail of who changed what, and when."""
