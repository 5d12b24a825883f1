"""Make a dictionary for the bodies of calls, from the calls of the corpus and made-up ones: `python -m tests.bench dictionary > FILE`."""

import sys
from itertools import islice
from zoneinfo import ZoneInfo

import msgspec
import zstandard

from telegraphone.events import Event
from telegraphone.ingest import read_file
from telegraphone.interpret import interpret
from tests.bench.made_calls import made_calls
from tests.interpret.corpus import CORPUS, NOW, SCENARIOS, site

BYTES = 16 * 1024


def main(size: int = 3000) -> None:
    """Write it to standard output."""
    encode = msgspec.msgpack.Encoder().encode
    real = []
    for scenario in SCENARIOS:
        for log in sorted((CORPUS / scenario).glob("cel.csv")):
            events = [item for item in read_file(log, "asterisk-cel", ZoneInfo("UTC")) if isinstance(item, Event)]
            real += [encode(call) for call in interpret(events, site(), NOW)]
    samples = [encode(call) for call in islice(made_calls(size), size)]
    sys.stdout.buffer.write(zstandard.train_dictionary(BYTES, [*samples, *real * max(1, size // max(len(real), 1))]).as_bytes())
