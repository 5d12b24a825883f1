"""What the server tells of itself holds no secrets."""

import subprocess
import sys

import pytest

FAILING = """
from telegraphone.logs import get_log, set_up_logs
set_up_logs("info", {form!r})
def ask(token):
    raise RuntimeError("broken")
try:
    ask("se" + "cret")
except RuntimeError:
    get_log().error("bug", path="/x", exc_info=True)
"""


@pytest.mark.parametrize("form", ["console", "json"])
def test_a_trace_tells_where_but_no_local_variables(form: str) -> None:
    done = subprocess.run([sys.executable, "-c", FAILING.format(form=form)], capture_output=True, text=True, check=True)

    assert "RuntimeError" in done.stderr and "broken" in done.stderr and "ask" in done.stderr
    assert "secret" not in done.stderr
