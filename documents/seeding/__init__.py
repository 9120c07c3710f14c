"""Made-up documents by the million: what they say, how they are sealed, and how they are brought in."""
