"""The nine sources that money for social accountability comes from."""
