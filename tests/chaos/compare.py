"""What a server tells of its calls and recordings, in a form in which two servers can be compared."""

import hashlib
import http.client
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from tests.chaos.pushing import Api

OF_ITS_OWN = ("id", "updated_at")
"""What two servers may tell differently of one call."""
Key = tuple[str, str, str]


def listed(api: Api) -> list[dict[str, Any]]:
    """All calls as lists give them."""
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = _json(api, f"/api/v1/calls?limit=1000{cursor}")
        found += page["items"]
        if not page["next"]:
            return found
        cursor = f"&cursor={page['next']}"


def whole(api: Api) -> list[dict[str, Any]]:
    """All calls with everything that is told of each."""
    return [_json(api, f"/api/v1/calls/{call['id']}") for call in listed(api)]


def by_key(calls: Iterable[dict[str, Any]]) -> tuple[dict[Key, dict[str, Any]], list[Key]]:
    """The calls without what is a server's own, and those that are there twice."""
    calls = list(calls)
    keys = {call["id"]: _key(call) for call in calls}
    plain = {}
    for call in calls:
        told = {name: value for name, value in call.items() if name not in OF_ITS_OWN}
        told["consultation_of"] = keys.get(call["consultation_of"])
        told["recordings"] = [{**recording, "call_id": keys.get(recording["call_id"])} for recording in call["recordings"]]
        plain[_key(call)] = told
    return plain, [key for key, count in Counter(keys.values()).items() if count > 1]


def differences(expected: Mapping[Key, dict[str, Any]], told: Mapping[Key, dict[str, Any]]) -> list[str]:
    """Each call that is not as it should be, in a line."""
    lines = [f"{key}: is not there" for key in sorted(expected.keys() - told.keys())]
    lines += [f"{key}: should not be there" for key in sorted(told.keys() - expected.keys())]
    for key in sorted(expected.keys() & told.keys()):
        was, now = expected[key], told[key]
        fields = sorted(name for name in was.keys() | now.keys() if was.get(name) != now.get(name))
        lines += [f"{key}: {name}: {json.dumps(now.get(name))[:600]}, not {json.dumps(was.get(name))[:600]}" for name in fields]
    return lines


def lost(api: Api, sounds: Mapping[str, bytes]) -> list[str]:
    """The recordings that cannot be had, or not with the bytes that they had, by file id."""
    lines = []
    for file_id, data in sorted(sounds.items()):
        status, body = api.ask("GET", f"/api/v1/recordings/{file_id}/audio")
        if status != 200 and not _is_kept_without_sound(api, file_id, data):
            lines.append(f"{file_id}: {status} {body[:200].decode(errors='replace')}")
        elif status == 200 and body != data:
            lines.append(f"{file_id}: other bytes")
    return lines


def _is_kept_without_sound(api: Api, file_id: str, data: bytes) -> bool:
    """A header alone is kept, but nobody is made to listen to it."""
    status, body = api.ask("GET", f"/api/v1/recordings/{file_id}")
    found = json.loads(body)
    return bool(status == 200 and found["state"] == "empty" and found["sha256"] == hashlib.sha256(data).hexdigest())


def _key(call: dict[str, Any]) -> Key:
    return call["pbx"], call["linked_id"], call["started_at"]


def _json(api: Api, path: str) -> Any:
    status, body = api.ask("GET", path)
    if status != 200:
        raise http.client.HTTPException(f"{status} {path}")
    return json.loads(body)
