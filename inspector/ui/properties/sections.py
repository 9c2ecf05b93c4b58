"""What the property pane says, as plain data: sections of rows of names and values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


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


LONGEST = 60
"""A section longer than this shows its first rows and one that leads to the rest."""


def shortened(rows: Sequence[Row], what: str) -> tuple[Row, ...]:
    """The first rows, and one that holds the others back until it is activated."""
    if len(rows) <= LONGEST + 1:
        return tuple(rows)
    rest = tuple(rows[LONGEST:])
    more = Row("", f"Show {len(rest):,} more {what}", kind=RowKind.MORE, payload=rest)
    return (*rows[:LONGEST], more)


def all_rows(section: Section) -> Iterator[Row]:
    """The rows of a section, those held back included."""
    for row in section.rows:
        if row.kind is RowKind.MORE and isinstance(row.payload, tuple):
            yield from row.payload
        else:
            yield row


def _section_lines(sections: Sequence[Section]) -> Iterator[str]:
    for section in sections:
        yield ""
        yield section.title
        for row in all_rows(section):
            if row.kind is not RowKind.HISTOGRAM:
                yield row.copied
