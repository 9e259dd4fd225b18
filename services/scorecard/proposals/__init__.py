"""Indicators that citizens propose for their own unit: merged with others, chosen, or declined."""
