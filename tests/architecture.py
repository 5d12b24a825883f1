"""The rules of docs/architecture.md that a machine can look at: each function answers the faults in the folder of a package."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

LAYERS: list[tuple[str, set[str]]] = [
    ("words", {"errors", "model", "events"}),
    ("thinking", {"access", "interpret", "numbers", "names", "zones", "audio", "credentials", "signing", "explain", "granting", "policy"}),
    ("edges", {"config", "db", "migrate", "media", "ingest", "audio_child", "logs", "posting", "openid"}),
    ("sql", {"sql"}),
    ("record", {"record", "recordings", "keep_all", "arrivals", "opening"}),
    ("rebuild", {"rebuild"}),
    ("web", {"web"}),
    ("doing", {"api", "api.xivo", "api.v1", "ui", "jobs", "feed", "earlier", "faults"}),
    ("wiring", {"app", "cli", "serving", "waiting", "demo", "demonstration", "__main__"}),
]
LEVEL = {part: level for level, (_, parts) in enumerate(LAYERS) for part in parts}
PURE = LAYERS[0][1] | LAYERS[1][1]
STRANGERS = {"edges", "doing"}
"""Layers whose parts do not know each other."""
ACQUAINTED = {("migrate", "db"), ("api.xivo", "api"), ("api.v1", "api")}
"""Except for these."""
OUTSIDE = {
    "apsw": {"db", "ingest.tables.drivers"}, "psycopg": {"db", "ingest.tables.drivers"}, "pymysql": {"ingest.tables.drivers"},
    "psycopg_pool": {"db"}, "obstore": {"media"}, "watchfiles": {"ingest"}, "joserfc": {"openid"},
    "starlette": {"web", "api", "api.xivo", "api.v1", "ui", "app", "waiting"}, "granian": {"serving"},
    "click": {"cli", "demonstration"}, "rich": {"cli", "demo"},
}  # fmt: skip
"""Which part knows which outside thing."""
IO = {"asyncio", "os", "pathlib", "time", "socket", "subprocess", "threading", "logging", "shutil", "tempfile", "sqlite3", "urllib"}
SQL = re.compile(
    r"\s*(select|insert\s+into|update\s+\S+\s+set|delete\s+from|(create|alter|drop)\s+(table|index|unique|view)|with\s+\S+\s+as)\s", re.I
)
SQL_ELSEWHERE: dict[str, tuple[str, ...]] = {
    "migrate": ("",), "ingest.tables.table": ("select ",), "db.postgres": ("select pg_advisory_xact_lock(",),
    "db.sqlite": ("insert into x (x) values (x)",),
}  # fmt: skip
"""Modules outside sql/ that hold SQL, and how it must begin: the runner's own table, foreign tables, an engine's lock and COPY."""
BAD_NAMES = {"utils", "util", "helpers", "common", "base", "manager", "service", "handler"}
MODULE_LINES, FUNCTION_LINES = 400, 50


class Module(NamedTuple):
    name: str
    """Without the package: `sql.calls`; a folder's `__init__` is the folder."""
    is_package: bool
    text: str
    tree: ast.Module

    @property
    def part(self) -> str:
        """The name that stands in a layer."""
        words = self.name.split(".")
        return ".".join(words[:2]) if ".".join(words[:2]) in LEVEL else words[0]


class Import(NamedTuple):
    outside: str
    """The top module, when it is not ours."""
    ours: tuple[str, ...]
    """What it may mean in our package, the most exact first."""


def modules(root: Path) -> list[Module]:
    found = []
    for path in sorted(root.rglob("*.py")):
        words = path.relative_to(root).with_suffix("").parts
        is_package = words[-1] == "__init__"
        name = ".".join(words[:-1] if is_package else words)
        if name:  # the root's own __init__ holds the version
            text = path.read_text("utf-8")
            found.append(Module(name, is_package, text, ast.parse(text)))
    return found


def imports(module: Module) -> Iterator[Import]:
    """All of them, those within functions too."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from (_import(alias.name, ()) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names = tuple(alias.name for alias in node.names)
            yield from (_import(_absolute(module, node), (name,)) for name in names)


def _absolute(module: Module, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    here = ["telegraphone", *module.name.split(".")]
    base = here[: len(here) - node.level + module.is_package]
    return ".".join([*base, *([node.module] if node.module else [])])


def _import(target: str, names: tuple[str, ...]) -> Import:
    top, _, rest = target.partition(".")
    if top != "telegraphone":
        return Import(top, ())
    return Import("", tuple(filter(None, [*(f"{rest}.{name}".strip(".") for name in names), rest])))


def imported_modules(root: Path) -> dict[str, set[str]]:
    """Which of our modules imports which."""
    all_modules = modules(root)
    known = {module.name for module in all_modules}
    edges: dict[str, set[str]] = {}
    for module in all_modules:
        targets = (next((name for name in found.ours if name in known), None) for found in imports(module))
        edges[module.name] = {target for target in targets if target and target != module.name}
    return edges


def wrong_layers(root: Path) -> list[str]:
    """Imports that go up, or sideways where that is not allowed, and modules that stand in no layer."""
    parts = {module.name: module.part for module in modules(root)}
    faults = [f"{name} stands in no layer" for name, part in parts.items() if part not in LEVEL]
    for name, targets in imported_modules(root).items():
        for target in targets:
            own, other = parts[name], parts[target]
            if own in LEVEL and other in LEVEL and own != other and not _is_allowed(own, other):
                way = "sideways" if LEVEL[own] == LEVEL[other] else "up"
                faults.append(f"{name} imports {target}: {way}, from {LAYERS[LEVEL[own]][0]}")
    return sorted(faults)


def _is_allowed(own: str, other: str) -> bool:
    if LEVEL[own] == LEVEL[other]:
        return LAYERS[LEVEL[own]][0] not in STRANGERS or (own, other) in ACQUAINTED
    return LEVEL[other] < LEVEL[own]


def cycles(root: Path) -> list[str]:
    """Modules that import each other, however long the way. A package and the modules in it count as well."""
    edges = imported_modules(root)
    faults: set[str] = set()

    def follow(name: str, way: list[str]) -> None:
        if name in way:
            ring = way[way.index(name) :]
            start = ring.index(min(ring))
            faults.add(" → ".join([*ring[start:], *ring[:start], ring[start]]))
        elif name not in done:
            for target in sorted(edges.get(name, ())):
                follow(target, [*way, name])
            done.add(name)

    done: set[str] = set()
    for name in sorted(edges):
        follow(name, [])
    return sorted(faults)


def impure(root: Path) -> list[str]:
    """Words and thinking that touch the world or look at a clock."""
    faults = []
    for module in modules(root):
        if module.part in PURE:
            faults += [f"{module.name} imports {found.outside}" for found in imports(module) if found.outside in IO]
            faults += [f"{module.name} looks at the clock, line {node.lineno}" for node in ast.walk(module.tree) if _is_clock(node)]
    return faults


def _is_clock(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("now", "utcnow", "today")
        and isinstance(node.func.value, ast.Name) and node.func.value.id in ("datetime", "date")
    )  # fmt: skip


def strays(root: Path) -> list[str]:
    """Drivers and frameworks that are imported where nobody should know them."""
    return [
        f"{module.name} imports {found.outside}"
        for module in modules(root)
        for found in imports(module)
        if found.outside in OUTSIDE and not {module.name, module.part} & OUTSIDE[found.outside]
    ]


def sql_outside(root: Path) -> list[str]:
    """SQL that stands outside sql/."""
    faults = []
    for module in modules(root):
        allowed = SQL_ELSEWHERE.get(module.name)
        if module.part == "sql":
            continue
        for line, text in _strings(module.tree):
            if SQL.match(text) and (allowed is None or not text.lstrip().lower().startswith(allowed)):
                faults.append(f"{module.name}, line {line}: {text.strip()[:40]!r}")
    return faults


def _strings(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """The strings that are no documentation, each f-string as one."""
    inner = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inner | docs:
            yield node.lineno, node.value
        elif isinstance(node, ast.JoinedStr):
            yield node.lineno, "".join(str(part.value) if isinstance(part, ast.Constant) else "x" for part in node.values)


def too_large(root: Path) -> list[str]:
    """Modules and functions beyond their size, and names that say nothing."""
    faults = []
    for module in modules(root):
        if (lines := len(module.text.splitlines())) > MODULE_LINES:
            faults.append(f"{module.name} has {lines} lines")
        faults += [f"{module.name}.{name} has {lines} lines" for name, lines in _functions(module.tree) if lines > FUNCTION_LINES]
        faults += [f"{module.name} is named {word}" for word in module.name.split(".") if word in BAD_NAMES]
    return faults


def _functions(tree: ast.Module) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1
