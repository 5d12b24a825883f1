"""`python -m tests.chaos [--minutes 10] [--seed 1898] [--on postgresql sqlite]`: exit status 1 if anything is not as it should be."""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.chaos.run import Outcome, run
from tests.chaos.site import STORES
from tests.servers import temporary_folder

NAMES = {"postgresql": "PostgreSQL, S3", "sqlite": "SQLite, folder"}


def main() -> int:
    asked = _asked()
    outcomes: dict[str, Outcome] = {}
    for store in asked.on:
        print(f"{NAMES[store]}: {asked.minutes:g} minutes of chaos, seed {asked.seed}", file=sys.stderr, flush=True)
        if asked.keep:
            folder = Path(tempfile.mkdtemp(prefix="chaos-"))
            folder.chmod(0o755)
            print(f"everything is kept in {folder}", file=sys.stderr, flush=True)
            outcomes[store] = run(folder, store, asked.minutes * 60, asked.seed)
        else:
            with temporary_folder() as folder:
                outcomes[store] = run(folder, store, asked.minutes * 60, asked.seed)
        for line in outcomes[store].faults:
            print(f"  {line}", file=sys.stderr, flush=True)
    print(_table(outcomes))
    return 1 if any(outcome.faults for outcome in outcomes.values()) else 0


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description="Kill everything, again and again, and look what is left.")
    parser.add_argument("--minutes", type=float, default=10.0, help="how long, for each store (default: 10)")
    parser.add_argument("--seed", type=int, default=1898, help="which faults come when (default: 1898)")
    parser.add_argument("--on", nargs="+", choices=STORES, default=list(STORES), help="on which store (default: on both)")
    parser.add_argument("--keep", action="store_true", help="keep the folder with all logs, for looking into it")
    return parser.parse_args()


def _table(outcomes: dict[str, Outcome]) -> str:
    rows = list(dict.fromkeys(name for outcome in outcomes.values() for name in outcome.counts))
    cells = [["", *(NAMES[store] for store in outcomes)]]
    cells += [[name, *(f"{outcome.counts.get(name, 0):,}" for outcome in outcomes.values())] for name in rows]
    lines = ["| " + " | ".join(row) + " |" for row in cells]
    return "\n".join([lines[0], "|" + "---|" * len(cells[0]), *lines[1:]])


if __name__ == "__main__":
    sys.exit(main())
