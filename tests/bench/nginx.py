"""A real nginx: in front of the server as docs/operating.md has it, and for the same files alone."""

import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers import Program, free_ports, running

PREFIX = "/telegraphone-media/"
_CONFIGURATION = """
daemon off;
{user}
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    sendfile on;
    keepalive_requests 1000000;
    types {{ audio/wav wav; }}

    upstream telegraphone {{
        server 127.0.0.1:{ours};
        keepalive 64;
        keepalive_timeout 20s;
        keepalive_requests 1000000;
    }}
    server {{
        listen 127.0.0.1:{front};
        location / {{
            proxy_pass http://telegraphone;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $host;
            client_max_body_size 0;
            proxy_request_buffering off;
        }}
        location {prefix} {{
            internal;
            alias {media}/;
        }}
    }}
    server {{
        listen 127.0.0.1:{files};
        root {media};
    }}
}}
"""


@contextmanager
def nginx(program: str, ours: int, media: Path, folder: Path) -> Iterator[tuple[int, int]]:
    """Two ports while the block runs: one in front of the server on `ours`, and one that sends the files by itself."""
    folder.mkdir(exist_ok=True)
    front, files = free_ports(2)
    user = "user root;" if os.geteuid() == 0 else ""
    conf = folder / "nginx.conf"
    conf.write_text(_CONFIGURATION.format(user=user, folder=folder, ours=ours, front=front, files=files, prefix=PREFIX, media=media))
    command = (program, "-c", str(conf), "-p", str(folder), "-e", str(folder / "error.log"))
    one = Program(command, folder, signal.SIGQUIT, lambda: _ask(files), OSError)
    with running(one) as process:
        one.wait(process)
        yield front, files


def _ask(port: int) -> None:
    socket.create_connection(("127.0.0.1", port), 1).close()
