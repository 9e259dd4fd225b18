"""Which units and district administrations take part in a year, and how much of the country that is."""
