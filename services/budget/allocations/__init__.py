"""Allocations: money of an envelope given to a request."""
