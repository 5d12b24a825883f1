"""The page that people use: one shell, and modules and styles of our own, sent as they are written."""
