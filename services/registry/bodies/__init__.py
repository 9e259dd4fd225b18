"""Bodies of the yearly cycle, such as JAAP committees, and the people in them."""
