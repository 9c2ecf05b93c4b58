"""The Linear layers of a graph as a table with check boxes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor

from inspector.transforms.linear_layers import LinearLayer, TileOptions
from inspector.ui.widgets.figures import percent_text

Index = QModelIndex | QPersistentModelIndex
COLUMNS = ("layer", "op", "M", "K", "N", "tiles", "waste", "note")
NAME, OP, M, K, N, TILES, WASTE, NOTE = range(8)
_TIPS = {
    M: "Rows of the input",
    K: "Columns of the input: what is summed over",
    N: "Columns of the output",
    TILES: "Block multiplies (2DMM)",
    WASTE: "Part of the unit's MACs that compute nothing useful",
}


class LayerModel(QAbstractTableModel):
    """Layers that cannot be tiled are listed too, with the reason, and cannot be checked."""

    chosen_changed = Signal()

    def __init__(
        self, layers: Sequence[LinearLayer], options: TileOptions, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._layers = tuple(layers)
        self._options = options
        self._chosen = {layer.node for layer in layers if not layer.reason}
        self.quiet_colour = QColor("grey")

    @property
    def layers(self) -> tuple[LinearLayer, ...]:
        """All layers listed."""
        return self._layers

    def chosen(self) -> list[LinearLayer]:
        """The layers checked, in node order."""
        return [layer for layer in self._layers if layer.node in self._chosen]

    def choose(self, nodes: Iterable[int]) -> None:
        """Checks exactly these, as far as they can be tiled."""
        can = {layer.node for layer in self._layers if not layer.reason}
        self._chosen = can & set(nodes)
        self._changed(NAME, NAME)
        self.chosen_changed.emit()

    def set_options(self, options: TileOptions) -> None:
        """Counts tiles and waste for another unit."""
        self._options = options
        self._changed(TILES, WASTE)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._layers)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(COLUMNS)

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        can = index.isValid() and not self._layers[index.row()].reason
        return flags | Qt.ItemFlag.ItemIsUserCheckable if can and index.column() == NAME else flags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        layer, column = self._layers[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(layer, column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"Cannot be tiled: {layer.reason}" if layer.reason else self._tip(layer, column)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if M <= column <= WASTE else _LEFT
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        if role == Qt.ItemDataRole.ForegroundRole and (layer.reason or column == NOTE):
            return self.quiet_colour
        if role == Qt.ItemDataRole.CheckStateRole and column == NAME and not layer.reason:
            return Qt.CheckState.Checked if layer.node in self._chosen else Qt.CheckState.Unchecked
        return None

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        layer = self._layers[index.row()]
        if role != Qt.ItemDataRole.CheckStateRole or index.column() != NAME or layer.reason:
            return False
        # Qt hands the state over as a plain number from its delegates.
        if Qt.CheckState(value) == Qt.CheckState.Checked:
            self._chosen.add(layer.node)
        else:
            self._chosen.discard(layer.node)
        self.dataChanged.emit(index, index, [role])
        self.chosen_changed.emit()
        return True

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section]
        if role == Qt.ItemDataRole.ToolTipRole:
            return _TIPS.get(section)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if M <= section <= WASTE else _LEFT
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        return None

    def _text(self, layer: LinearLayer, column: int) -> str:
        if column == NAME:
            return layer.name
        if column == OP:
            return f"{layer.op_type} + Add" if layer.bias_node >= 0 else layer.op_type
        if column == NOTE:
            return _note(layer)
        if not layer.k or not layer.n:
            return "–"
        if column in (M, K, N):
            size = {M: layer.m, K: layer.k, N: layer.n}[column]
            return "?" if size is None else f"{size:,}"
        if layer.reason:
            return "–"
        tiling = layer.tiling(self._options)
        return f"{tiling.tiles:,}" if column == TILES else percent_text(1 - tiling.utilisation)

    def _tip(self, layer: LinearLayer, column: int) -> str:
        return layer.name if column == NAME else self._text(layer, column)

    def _changed(self, first: int, last: int) -> None:
        if self._layers:
            bottom = self.index(len(self._layers) - 1, last)
            self.dataChanged.emit(self.index(0, first), bottom)


_LEFT = Qt.AlignmentFlag.AlignLeft


def _note(layer: LinearLayer) -> str:
    if layer.reason:
        return layer.reason
    if layer.m is None:
        return "M is not known: rows are not cut"
    return ""
