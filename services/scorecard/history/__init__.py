"""How a unit or an area stood in earlier rounds: change, trend, and what it was before areas were split or merged."""
