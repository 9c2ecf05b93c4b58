"""What the property pane says, as plain data: sections of rows of names and values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

T = TypeVar("T")


class LinkKind(StrEnum):
    """Where a link leads."""

    NODE = "node"
    TENSOR = "tensor"
    GROUP = "group"


@dataclass(frozen=True, slots=True)
class Link:
    """A node, tensor or group that a row leads to."""

    kind: LinkKind
    target: int


class RowKind(StrEnum):
    """How a row is drawn."""

    VALUE = "value"
    HISTOGRAM = "histogram"
    DOCUMENT = "document"
    MORE = "more"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the pane. `detail` is a second, quieter line in parts that may wrap."""

    name: str
    value: str
    detail: tuple[str, ...] = ()
    link: Link | None = None
    default: bool = False
    tip: str = ""
    kind: RowKind = RowKind.VALUE
    payload: object = field(default=None, compare=False)
    one_line: bool = False
    """A long value keeps its two ends instead of wrapping: names and paths."""

    @property
    def copied(self) -> str:
        """The row as text for the clipboard: name and value, separated by a tab."""
        parts = [self.value, *self.detail]
        value = "  ".join(part for part in parts if part)
        return f"{self.name}\t{value}" if self.name else value


@dataclass(frozen=True, slots=True)
class Section:
    """Rows under a title. `key` remembers across selections whether the user folded it."""

    title: str
    rows: tuple[Row, ...]
    folded: bool = False

    @property
    def key(self) -> str:
        """The title without what changes from one selection to the next."""
        return self.title.partition(" · ")[0]


@dataclass(frozen=True, slots=True)
class Page:
    """Everything the pane shows at a time."""

    title: str
    category: str = ""
    name: str = ""
    subtitle: str = ""
    sections: tuple[Section, ...] = ()
    tensor: int = -1
    """The weight whose values can be shown and exported, or -1."""

    @property
    def copied(self) -> str:
        """The whole page as text for the clipboard."""
        head = [text for text in (self.title, self.name, self.subtitle) if text]
        return "\n".join([*head, *_section_lines(self.sections)])


LONGEST = 24
"""A section longer than this shows its first rows and one that leads to the rest."""


def listed(items: Sequence[T], rows_of: Callable[[T], Iterable[Row]], what: str) -> tuple[Row, ...]:
    """The rows of the first items, and one that makes those of the others when it is activated."""
    most = LONGEST if len(items) > LONGEST + 1 else len(items)
    rows = [row for item in items[:most] for row in rows_of(item)]
    if most < len(items):

        def rest() -> tuple[Row, ...]:
            return tuple(row for item in items[most:] for row in rows_of(item))

        title = f"Show {len(items) - most:,} more {what}"
        rows.append(Row("", title, kind=RowKind.MORE, payload=rest))
    return tuple(rows)


def held_back(row: Row) -> tuple[Row, ...]:
    """The rows that one of kind MORE stands for."""
    return row.payload() if row.kind is RowKind.MORE and callable(row.payload) else ()


def all_rows(rows: Iterable[Row]) -> Iterator[Row]:
    """Rows with those held back in their places."""
    for row in rows:
        if row.kind is RowKind.MORE:
            yield from all_rows(held_back(row))
        else:
            yield row


def _section_lines(sections: Sequence[Section]) -> Iterator[str]:
    for section in sections:
        yield ""
        yield section.title
        for row in all_rows(section.rows):
            if row.kind is not RowKind.HISTOGRAM:
                yield row.copied
