"""The yearly facts of units: drafted by the unit, submitted, approved by somebody else."""
