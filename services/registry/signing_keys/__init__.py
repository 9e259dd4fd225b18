"""What an operator sees and does of the keys that sign tokens."""
