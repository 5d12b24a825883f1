"""What the server tells of itself, on standard error: lines for people, or one JSON object a line for machines."""

import logging
import sys
from typing import Any

import structlog


def set_up_logs(level: str, form: str) -> None:
    """Tell what is of this level or graver, in the form `console` or `json`."""
    plain = structlog.dev.plain_traceback  # with local variables, a trace would tell tokens
    last: list[Any] = [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)]
    if form == "json":
        traces = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
        last = [structlog.processors.ExceptionRenderer(traces), structlog.processors.JSONRenderer(ensure_ascii=False)]
    structlog.configure(
        processors=[structlog.processors.add_log_level, structlog.processors.TimeStamper(fmt="iso", utc=True), *last],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def get_log() -> Any:
    """Where a part tells what happens: `log.warning("what", name=value)`."""
    return structlog.get_logger()
