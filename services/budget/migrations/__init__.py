"""The schema of budget, step by step."""
