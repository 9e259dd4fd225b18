"""The scores that a unit's own staff give themselves."""
