"""The joint accountability action plans of communes: agenda, actions, their path and what they ask money for."""
