"""Which models exist, what they cost, and which one answers."""
