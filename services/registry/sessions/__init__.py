"""A person's own sign-ins."""
