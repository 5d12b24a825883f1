"""What servers share in SQL: who does what now, how things are, and what is told to whom."""
