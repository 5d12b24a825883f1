"""People and keys: signing in, what is given to them, and what they did."""
