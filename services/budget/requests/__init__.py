"""What actions ask for: the local copy of jaap's funding requests."""
