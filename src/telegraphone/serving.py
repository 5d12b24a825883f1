"""Run the server: granian with as many workers as configured, stopped by SIGTERM or SIGINT when open requests are answered."""

import multiprocessing
import os
import socket
import threading
import time
import urllib.request
from collections.abc import Callable

from .config import PREFIX, Config
from .errors import BadSetting

STOP_S = 30
"""How long a worker may take to answer what it has begun."""
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def serve(config: Config, when_ready: Callable[[], None]) -> None:
    """Serve until a signal comes. `when_ready` is called once, as soon as requests are answered."""
    from granian import Granian
    from granian.constants import Interfaces
    from granian.http import HTTP1Settings
    from granian.log import LogLevels

    # A forked worker would not hear a signal that comes before it listens for them; a spawned one simply ends.
    multiprocessing.set_start_method("spawn", force=True)
    # Workers read the configuration as we did: from the environment.
    os.environ.update({f"{PREFIX}HOST": config.host, f"{PREFIX}PORT": str(config.port)})
    server = Granian(
        "telegraphone.app:serve", address=config.host, port=config.port, interface=Interfaces.ASGI, factory=True, workers=config.workers,
        websockets=False, log_level=LogLevels.warning, log_access=False, respawn_failed_workers=True, workers_kill_timeout=STOP_S,
        http1_settings=HTTP1Settings(header_read_timeout=30_000),
    )  # fmt: skip
    threading.Thread(target=_tell_when_ready, args=(config, when_ready), daemon=True).start()
    server.serve()


def url_of(config: Config) -> str:
    """Where a browser or curl on this machine finds the server."""
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(config.host, config.host)
    return f"http://{f'[{host}]' if ':' in host and not host.startswith('[') else host}:{config.port}"


def check_free(config: Config) -> None:
    """Say it plainly when somebody else listens there; granian would share the port with them."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(config.host, config.port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise BadSetting(f"{PREFIX}HOST, {PREFIX}PORT: cannot listen on {config.host} port {config.port}: {error.strerror}") from error


def _tell_when_ready(config: Config, when_ready: Callable[[], None]) -> None:
    for _ in range(600):
        try:
            with _DIRECT.open(f"{url_of(config)}/api/v1/healthz", timeout=5):
                pass
            when_ready()
            break
        except OSError:
            time.sleep(0.02)
