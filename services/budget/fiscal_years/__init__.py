"""Fiscal years and their exchange rate."""
