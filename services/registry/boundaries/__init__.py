"""Where areas are: boundaries and points, each level's as one document."""
