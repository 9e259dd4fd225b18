"""Which facts a kind of unit tells its citizens each year: of its performance, and of its budget."""
