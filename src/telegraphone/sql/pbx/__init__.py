"""What PBXs tell in SQL: how far each was read, what belongs together, and the calls that come of it."""
