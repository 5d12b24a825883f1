"""End to end: a real Asterisk and sipp in a private root place calls with sound, and each is found through the API (`make e2e`)."""
