"""Community accountability facilitators: who they are, for those who must know, and counts for everybody."""
