"""A call as it is kept in its row: msgpack, compressed with a dictionary of what stands in all of them (a seventh of the bytes).

The first byte tells the dictionary; what begins otherwise is msgpack as it was kept before. A dictionary that has been shipped is never
changed: there may be a new one with another number. `python -m tests.bench dictionary` makes one.
"""

import threading
from functools import cache
from importlib.resources import files

import msgspec
import zstandard

from ..model import Call

NEWEST = 1
"""The number of the dictionary with which calls are compressed."""
MOST_BYTES = 64 * 1024 * 1024
_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Call)
_LOCAL = threading.local()
"""A compressor is for one thread."""


def encode_call(call: Call) -> bytes:
    return bytes((NEWEST,)) + _compressor().compress(_ENCODER.encode(call))


def decode_call(body: bytes) -> Call:
    return _DECODER.decode(plain(body))


def plain(body: bytes) -> bytes:
    """Without the compression, in which libraries may differ: to compare what two bodies say."""
    return _decompressor(body[0]).decompress(body[1:], MOST_BYTES) if 0 < body[0] < 0x80 else body


@cache
def _dictionary(number: int) -> zstandard.ZstdCompressionDict:
    return zstandard.ZstdCompressionDict((files(__package__) / "dictionaries" / f"{number}.zdict").read_bytes())


def _compressor() -> zstandard.ZstdCompressor:
    if not hasattr(_LOCAL, "compressor"):
        _LOCAL.compressor = zstandard.ZstdCompressor(
            level=3, dict_data=_dictionary(NEWEST), write_checksum=False, write_dict_id=False, write_content_size=True
        )
    made: zstandard.ZstdCompressor = _LOCAL.compressor
    return made


def _decompressor(number: int) -> zstandard.ZstdDecompressor:
    known: dict[int, zstandard.ZstdDecompressor] = _LOCAL.__dict__.setdefault("decompressors", {})
    if number not in known:
        known[number] = zstandard.ZstdDecompressor(dict_data=_dictionary(number))
    return known[number]
