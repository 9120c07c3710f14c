"""What a rejection of a document means, and what to do about it."""
