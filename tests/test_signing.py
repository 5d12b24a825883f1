"""A signature that anybody's library for Standard Webhooks understands."""

import base64

from telegraphone.signing import new_message, new_secret, signature


def test_the_usual_example() -> None:
    """What the libraries for many languages test themselves with."""
    told = signature("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert told == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_new_ones_are_long_and_never_the_same() -> None:
    assert len({new_secret() for _ in range(100)} | {new_message() for _ in range(100)}) == 200
    assert 24 <= len(base64.b64decode(new_secret().removeprefix("whsec_"), validate=True)) <= 64
