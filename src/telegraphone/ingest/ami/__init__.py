"""Asterisk's manager interface (AMI) as a stream: `packets` is its text, `client` a connection, `follow` what is kept of what it brings.

What its packets mean is in `ingest/asterisk_ami.py`.
"""
