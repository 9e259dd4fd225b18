"""Units and areas of one round side by side: sorted, compared, the best and the worst."""
