"""Service standards: what a kind of unit offers, at what fee, how fast; and where one unit differs."""
