"""Chaos: a PBX goes on telling of its calls while everything that listens to it is killed, again and again (`make chaos`).

At the end the record must be what it would be without all that. See docs/operating.md for what was seen.
"""
