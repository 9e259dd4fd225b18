"""Packs of information for citizens: a unit's standards and facts of a year, published as a frozen version."""
