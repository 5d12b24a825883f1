"""A made-up contact centre, to look around and to listen: files as a PBX would have left them, fed through the ordinary ingest.

Read it in this order:

    centre.py         who works there, who calls
    planned.py        when, and what becomes of each call
    tape.py           rows of CEL and lines of queue_log
    moves.py          what channels do, row by row
    scene.py          who is free, what is recorded
    queue_stories.py  phone_stories.py   each kind of call from its first to its last row
    telling.py        all of them
    voice.py          dialogue.py        what one hears
    files.py          all of it as files
"""

from .centre import COUNTRY, PBX, TRUNK_CONTEXTS, TRUNK_ENDPOINTS, ZONE
from .files import DemoFiles, write_demo

__all__ = ["COUNTRY", "PBX", "TRUNK_CONTEXTS", "TRUNK_ENDPOINTS", "ZONE", "DemoFiles", "write_demo"]
