#!/usr/bin/env python3
"""Send a finished recording to Telegraphone: the command that MixMonitor runs when a recording ends.

    same => n,MixMonitor(${UNIQUEID}.wav,,/usr/local/bin/mixmonitor_upload.py --server http://recorder:9400 ^{MIXMONITOR_FILENAME})

Needs Python 3.8 and nothing else. The token (of a key with the right `ingest`) stands in a file, so that no list of processes shows it.
What does not work because of the network or the server is tried again, ever more seldom; the file is never changed, and removed only with
--remove, once the server said that it has it. Exit status: 0 it is there, 1 it was refused, 75 given up for now.
"""

import argparse
import base64
import hashlib
import http.client
import os
import random
import sys
import syslog
import time
import urllib.parse

TYPES = {
    "wav": "audio/wav", "mp3": "audio/mpeg", "ogg": "audio/ogg", "opus": "audio/opus", "flac": "audio/flac", "gsm": "audio/gsm",
    "ulaw": "audio/basic", "ul": "audio/basic", "alaw": "audio/pcma", "al": "audio/pcma", "g722": "audio/g722",
}  # fmt: skip
AGAIN = (408, 425, 429, 500, 502, 503, 504)
TIMEOUT_S = 60
LONGEST_PAUSE_S = 60.0
GIVEN_UP = 75


class Refused(Exception):
    """The server will not take it, however often it is asked."""


def main(words):
    options = parse(words)
    try:
        token = first_line(options.token_file)
        told = deliver(options, token)
    except Refused as reason:
        tell(f"{options.file}: refused: {reason}")
        return 1
    except OSError as error:
        tell(f"{options.file}: {error}")
        return 1
    if told is None:
        tell(f"{options.file}: given up for now; the file is still there")
        return GIVEN_UP
    if options.remove:
        os.unlink(options.file)
    return 0


def parse(words):
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--server", required=True, help="http://HOST:PORT or https://HOST, with a path if there is one in front")
    parser.add_argument("--token-file", default="/etc/telegraphone.upload-token", help="its first line is the token; default: %(default)s")
    parser.add_argument("--pbx", default="pbx1", help="the name of this PBX, as its logs are read under; default: %(default)s")
    parser.add_argument("--patience", type=float, default=3600.0, metavar="SECONDS", help="how long to try; default: an hour")
    parser.add_argument("--pause", type=float, default=1.0, metavar="SECONDS", help="before the second try, doubled before each other")
    parser.add_argument("--remove", action="store_true", help="remove the file once the server has it")
    parser.add_argument("file")
    return parser.parse_args(words)


def first_line(path):
    with open(path, encoding="ascii") as file:
        token = file.readline().strip()
    if not token:
        raise Refused(f"{path} is empty")
    return token


def deliver(options, token):
    """What the server answered, or None when there is no more patience."""
    until, pause = time.monotonic() + options.patience, options.pause
    while True:
        try:
            return send(options, token)
        except (OSError, http.client.HTTPException) as error:
            if isinstance(error, FileNotFoundError):
                raise
            reason = str(error) or type(error).__name__
        if time.monotonic() + pause > until:
            tell(f"{options.file}: {reason}")
            return None
        time.sleep(pause * random.uniform(0.5, 1.0))
        pause = min(pause * 2, LONGEST_PAUSE_S)


def send(options, token):
    """One try. Raises Refused, or an OSError or HTTPException for what may work later."""
    server = urllib.parse.urlsplit(options.server)
    kind = http.client.HTTPSConnection if server.scheme == "https" else http.client.HTTPConnection
    connection = kind(server.hostname, server.port, timeout=TIMEOUT_S)
    try:
        with open(options.file, "rb") as file:
            digest, size = digest_of(file)
            connection.putrequest("PUT", address(options, server.path))
            for name, value in headers(options.file, token, digest, size):
                connection.putheader(name, value)
            connection.endheaders(file)
        answer = connection.getresponse()
        return judged(answer.status, answer.read(65536))
    finally:
        connection.close()


def judged(status, body):
    text = body.decode("utf-8", "replace").strip()
    if status in (200, 201):
        return text
    if status in AGAIN:
        raise http.client.HTTPException(f"{status} {text}")
    raise Refused(f"{status} {text}")


def digest_of(file):
    digest, size = hashlib.sha256(), 0
    while True:
        chunk = file.read(262144)
        if not chunk:
            break
        digest.update(chunk)
        size += len(chunk)
    file.seek(0)
    return base64.b64encode(digest.digest()).decode(), size


def address(options, path):
    """The id of a recording is its file's name without the suffix."""
    file_id = os.path.splitext(os.path.basename(options.file))[0]
    where = f"{path.rstrip('/')}/api/v1/recordings/{urllib.parse.quote(os.fsencode(file_id), safe='')}/audio"
    return f"{where}?{urllib.parse.urlencode({'pbx': options.pbx})}"


def headers(file, token, digest, size):
    suffix = os.path.splitext(file)[1].lstrip(".").lower()
    yield "X-Auth-Token", token
    yield "Content-Type", TYPES.get(suffix, "application/octet-stream")
    yield "Content-Length", str(size)
    yield "Content-Digest", f"sha-256=:{digest}:"


def tell(text):
    """Asterisk shows nobody what its commands print, so it goes to the system's log too."""
    print(f"mixmonitor_upload: {text}", file=sys.stderr)
    syslog.syslog(syslog.LOG_WARNING, text)


if __name__ == "__main__":
    syslog.openlog("mixmonitor_upload")
    sys.exit(main(sys.argv[1:]))
