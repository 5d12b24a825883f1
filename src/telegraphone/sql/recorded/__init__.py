"""What was recorded in SQL: what is said of audio, which call it is of, who hears it, and what lacks it."""
