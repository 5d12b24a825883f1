"""People and keys in SQL: who they are, what they are given to see, and what they did."""
