"""Servers that say who people are: a real one of Authlib's, brought by requirements/dev.txt, and one that errs on command."""

import base64
import hashlib
import json
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from tests.servers import free_ports

_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
START_S = 60.0


@contextmanager
def real_provider(*people: dict[str, Any]) -> Iterator[str]:
    """Its address, while the block runs; `people` are claims with a `sub`."""
    port = free_ports(1)[0]
    users = [word for one in people for word in ("--user-claims", json.dumps(one))]
    command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port), *users]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(process, url)
        yield url
    finally:
        process.terminate()
        process.wait(20)


def _wait(process: "subprocess.Popen[bytes]", url: str) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        try:
            _DIRECT.open(f"{url}/.well-known/openid-configuration", timeout=5).close()
            return
        except OSError:
            assert process.poll() is None, "the provider ended"
            time.sleep(0.05)
    raise AssertionError("the provider does not answer")


class FakeProvider:
    """A provider that says what a test likes: `claims` of the next token, `key` that signs it, `answers` by path instead of its own."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.key, self.claims, self.userinfo = RSAKey.generate_key(2048, {"kid": "1"}), dict[str, Any](), dict[str, Any]()
        self.signs: Callable[[dict[str, Any]], str] = lambda claims: jwt.encode({"alg": "RS256", "kid": "1"}, claims, self.key)
        self.answers: dict[str, tuple[int, Any]] = {}
        self.metadata: dict[str, Any] = {}
        self.asked: list[tuple[str, dict[str, str], dict[str, str]]] = []
        self.challenge = ""

    def answer(self, path: str, headers: dict[str, str], form: dict[str, str]) -> tuple[int, Any]:
        self.asked.append((path, headers, form))
        if path in self.answers:
            return self.answers[path]
        if path == "/.well-known/openid-configuration":
            places = {f"{name}_endpoint": f"{self.url}/{name}" for name in ("authorization", "token", "userinfo")}
            return 200, {"issuer": self.url, "jwks_uri": f"{self.url}/jwks", **places, **self.metadata}
        if path == "/jwks":
            return 200, KeySet([self.key]).as_dict(private=False)
        if path == "/userinfo":
            return 200, self.userinfo
        verifier = hashlib.sha256(form["code_verifier"].encode()).digest()
        if self.challenge and base64.urlsafe_b64encode(verifier).decode().rstrip("=") != self.challenge:
            return 400, {"error": "invalid_grant"}
        return 200, {"access_token": "access", "token_type": "Bearer", "id_token": self.signs(self.claims)}


@contextmanager
def fake_provider() -> Iterator[FakeProvider]:
    """While the block runs."""
    provider = FakeProvider(free_ports(1)[0])

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("content-length", 0))
            form = {name: values[0] for name, values in parse_qs(self.rfile.read(length).decode()).items()}
            status, body = provider.answer(urlsplit(self.path).path, dict(self.headers), form)
            raw = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            if status == 302:
                self.send_header("Location", f"{provider.url}/jwks")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        do_POST = do_GET

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", int(provider.url.rpartition(":")[2])), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
