"""The server itself: how it is, and whom it tells of changes."""
