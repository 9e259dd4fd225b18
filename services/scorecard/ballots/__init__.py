"""Citizens' ballots, by phone or in a meeting, single or in batches."""
