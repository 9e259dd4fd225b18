"""Kinds of service units: which there are, at which level they sit, how their units are coded."""
