"""The inbox as it grows."""
