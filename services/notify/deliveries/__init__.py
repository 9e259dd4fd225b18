"""The way of an event to a partner: due, tried, tried again, delivered or given up."""
