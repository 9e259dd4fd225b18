"""Asked, allocated, unfunded, for any area."""
