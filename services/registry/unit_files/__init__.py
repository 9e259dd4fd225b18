"""Service units in and out as files."""
