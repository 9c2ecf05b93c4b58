"""The view of the table of all nodes."""

from __future__ import annotations

from inspector.ui.metrics.table_model import COLUMNS
from inspector.ui.widgets.row_table import RowModel
from inspector.ui.widgets.row_view import RowView


class NodeTableView(RowView):
    """Shows a `NodeTable`."""

    def __init__(self) -> None:
        super().__init__(COLUMNS, "Cost of every node")

    @property
    def metrics(self) -> RowModel:
        """The rows shown."""
        return self.rows
