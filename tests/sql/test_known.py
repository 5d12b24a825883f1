"""Rows that are known: what was made of them is made again as soon as anything in them is another."""

from telegraphone.db import Row
from telegraphone.sql.directory_names import NOBODY, Names
from telegraphone.sql.known import LONGEST, Known


class Renderer:
    """Remembers what it was asked to make."""

    def __init__(self) -> None:
        self.made: list[str] = []

    def render(self, text: str) -> bytes:
        self.made.append(text)
        return text.encode()


def made_by(renderer: Renderer, *asked: tuple[Row, Names]) -> list[bytes]:
    known = Known[str](lambda values, names: f"{values[1]} {names.queue('q')[1]}", "text")
    render = renderer.render
    return [known.rendered(row, names, render) for row, names in asked]


def test_a_row_that_stays_the_same_is_made_once() -> None:
    renderer, row = Renderer(), {"id": 1, "text": "a"}
    assert made_by(renderer, (row, NOBODY), (dict(row), NOBODY)) == [b"a q", b"a q"]
    assert renderer.made == ["a q"]


def test_another_row_and_another_directory_are_made_again() -> None:
    renderer, later = Renderer(), Names(queues={"q": ("1", "Queue")})
    first, other = {"id": 1, "text": "a"}, {"id": 1, "text": "b"}
    assert made_by(renderer, (first, NOBODY), (other, NOBODY), (first, later)) == [b"a q", b"b q", b"a Queue"]


def test_what_is_long_is_not_kept() -> None:
    renderer, row = Renderer(), {"id": 1, "text": "a" * (LONGEST + 1)}
    made_by(renderer, (row, NOBODY), (row, NOBODY))
    assert len(renderer.made) == 2
