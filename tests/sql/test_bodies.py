"""Bodies of calls: what is encoded is decoded, what was kept before is read, and equal calls are equal whatever compressed them."""

import msgspec
import zstandard
from hypothesis import given

from telegraphone.model import Call
from telegraphone.sql.bodies import NEWEST, decode_call, encode_call, plain
from tests.sql.test_calls import made_calls

MSGPACK = msgspec.msgpack.Encoder()


@given(made_calls())
def test_a_call_comes_back(call: Call) -> None:
    body = encode_call(call)

    assert decode_call(body) == call
    assert plain(body) == MSGPACK.encode(call)
    assert len(body) < len(plain(body)) / 2


@given(made_calls())
def test_a_body_from_before_is_read(call: Call) -> None:
    assert decode_call(MSGPACK.encode(call)) == call


@given(made_calls())
def test_another_compressor_is_no_change(call: Call) -> None:
    other = bytes((NEWEST,)) + zstandard.ZstdCompressor(level=19, dict_data=_dictionary()).compress(MSGPACK.encode(call))

    assert plain(other) == plain(encode_call(call))


def _dictionary() -> zstandard.ZstdCompressionDict:
    from importlib.resources import files

    return zstandard.ZstdCompressionDict((files("telegraphone.sql") / "dictionaries" / f"{NEWEST}.zdict").read_bytes())
