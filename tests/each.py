"""Many cases in one test: for requests that change nothing, so that a fresh database is made once and not for each of them."""

import functools
import inspect
from collections.abc import Callable, Iterable
from typing import Any

Test = Callable[..., None]


def each(names: str | tuple[str, ...], cases: Iterable[Any]) -> Callable[[Test], Test]:
    """As `pytest.mark.parametrize`, within one test; a failure tells its case."""
    wanted = (names,) if isinstance(names, str) else names
    told = list(cases)

    def decorate(test: Test) -> Test:
        @functools.wraps(test)
        def every(**fixtures: Any) -> None:
            for case in told:
                try:
                    test(**fixtures, **dict(zip(wanted, (case,) if isinstance(names, str) else case, strict=True)))
                except BaseException as error:
                    error.add_note(f"in the case {str(case)[:300]}")
                    raise

        signature = inspect.signature(test)
        rest = [parameter for name, parameter in signature.parameters.items() if name not in wanted]
        every.__signature__ = signature.replace(parameters=rest)  # type: ignore[attr-defined]
        del every.__wrapped__  # type: ignore[attr-defined]
        return every

    return decorate
