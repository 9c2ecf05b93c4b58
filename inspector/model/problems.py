"""A complaint about a model that can be shown, listed and followed to its node."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a problem matters."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, where (a node id of the graph, if one), and what to do about it."""

    severity: Severity
    message: str
    node: int | None = None
    hint: str = ""


class ModelError(Exception):
    """A file or model that cannot be used, told in words for the person at the screen.

    `what` says what was wrong and where; `hint` says what to do.
    """

    def __init__(self, what: str, hint: str = "") -> None:
        super().__init__(what if not hint else f"{what} {hint}")
        self.what = what
        self.hint = hint

    def __reduce__(self) -> tuple[type[ModelError], tuple[str, str]]:
        return type(self), (self.what, self.hint)


class Cancelled(Exception):
    """Work that stopped because it was asked to."""
