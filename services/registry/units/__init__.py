"""Service units: commune administrations, health centres, primary schools."""
