"""The change feed that phones and partners keep their copies with."""
