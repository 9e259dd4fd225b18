"""Areas: the levels and bodies of the country."""
