"""How a message to a webhook is signed, so that its receiver knows that it is ours: as the Standard Webhooks specification has it."""

import base64
import hashlib
import hmac
import secrets

PREFIX = "whsec_"


def new_secret() -> str:
    """What signs, shown once to who set up the webhook."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def new_message() -> str:
    """An id by which a receiver recognises a message that comes again."""
    return f"msg_{secrets.token_hex(12)}"


def signature(secret: str, message: str, timestamp: int, body: bytes) -> str:
    """The header `webhook-signature`: version 1, HMAC-SHA256 over id, timestamp and body with dots between them."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = b"%s.%d.%s" % (message.encode(), timestamp, body)
    return f"v1,{base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()}"
