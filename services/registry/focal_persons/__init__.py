"""Who answers for a unit's data and for its mobile app."""
