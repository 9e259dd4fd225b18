"""Citizens and staff score a public service; the unit's result is published and rolled up to the nation."""
