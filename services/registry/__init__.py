"""The registry: areas, service units, accounts and the tokens that say who asks."""
