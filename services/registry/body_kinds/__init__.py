"""Kinds of bodies, and how often each has to meet."""
