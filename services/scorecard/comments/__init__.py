"""What citizens say in their own words; held until a reviewer has read it."""
