"""`python -m tests.bench` runs all benchmarks at a size that takes some minutes; `python -m tests.bench NAME [SIZE]` one of them.
`history` takes an engine after its size.
"""

import sys

from tests.bench import audio, dictionary, folder, growth, history, ingest, over_http, page, protection, throughput
from tests.bench.over_http import machine

BENCHES = {
    "ingest": ingest.main, "history": history.main, "folder": folder.main, "questions": over_http.main, "protection": protection.main,
    "growth": growth.main, "throughput": throughput.main, "audio": audio.main, "page": page.main,
}  # fmt: skip


def main() -> None:
    if sys.argv[1:] == ["dictionary"]:
        dictionary.main()
        return
    names = sys.argv[1:2] or list(BENCHES)
    more = [*map(int, sys.argv[2:3]), *sys.argv[3:]]
    for name in names:
        print(f"## {name}\n\n{machine()}", flush=True)
        BENCHES[name](*more)


if __name__ == "__main__":
    main()
