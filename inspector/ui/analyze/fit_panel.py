"""The matrix unit: how much of it the network uses, and which layers leave it empty."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from inspector.analysis.accelerator import LARGEST_UNIT, Unit
from inspector.analysis.figures import Figures
from inspector.analysis.fit import Fit, compute_fit
from inspector.analysis.fit_summary import fit_headline, percent
from inspector.app.jobs import Cancel
from inspector.model.graph import Graph
from inspector.ui.analyze.fit_table import COLUMNS, FitTable
from inspector.ui.analyze.panel import AnalyzePanel
from inspector.ui.widgets.cards import CardText
from inspector.ui.widgets.figures import count_text
from inspector.ui.widgets.look import label
from inspector.ui.widgets.row_view import RowView

_SIDE_WIDTH = 280
_FILTER_DELAY_MS = 80
_CHANGE_DELAY_MS = 150


class FitPanel(AnalyzePanel):
    """Every matrix multiply on a unit whose size can be set."""

    unit_changed = Signal(object)
    """The `Unit` that the user set."""
    title = "Fitting to the matrix unit"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.unit = Unit()
        self.fit: Fit | None = None
        self.name = "The model"
        self.spins = [QSpinBox() for _ in range(3)]
        self.headline = QLabel()
        self.filter = QLineEdit()
        self.table: RowView | None = None
        self._rows: FitTable | None = None
        self._delay = QTimer(self)
        self._change = QTimer(self)
        for timer, interval, slot in (
            (self._delay, _FILTER_DELAY_MS, self._filter),
            (self._change, _CHANGE_DELAY_MS, self._take_unit),
        ):
            timer.setSingleShot(True)
            timer.setInterval(interval)
            timer.timeout.connect(slot)

    def set_unit(self, unit: Unit) -> None:
        """Shows another unit, without telling of it."""
        self._change.stop()
        if unit == self.unit:
            return
        self.unit = unit
        self._show_unit()
        self._on_unit()

    def set_name(self, name: str) -> None:
        """What the sentence calls the network."""
        self.name = name
        if self.fit is not None:
            self.headline.setText(fit_headline(self.fit, name))

    # Content -----------------------------------------------------------------------------------

    def build(self) -> QWidget:
        content = QWidget()
        whole = QHBoxLayout(content)
        whole.setContentsMargins(16, 8, 16, 4)
        whole.setSpacing(16)
        whole.addWidget(self._side())
        right = QVBoxLayout()
        right.setSpacing(8)
        row = self.card_row(4)
        self.filter.setPlaceholderText("Filter nodes")
        self.filter.setAccessibleName("Filter nodes")
        self.filter.setToolTip("Name or operator type")
        self.filter.setClearButtonEnabled(True)
        self.filter.setMinimumWidth(88)
        self.filter.setMaximumWidth(200)
        self.filter.textChanged.connect(lambda: self._delay.start())
        self.filter.returnPressed.connect(self._filter)
        row.addWidget(self.filter, 2)
        right.addLayout(row)
        self.table = RowView(COLUMNS, "Fit of every matrix multiply")
        self.table.nodes_selected.connect(self.tell)
        right.addWidget(self.table, 1)
        whole.addLayout(right, 1)
        return content

    def _side(self) -> QWidget:
        side = QWidget()
        side.setProperty("pane", True)
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 8, 0)
        column.setSpacing(4)
        column.addWidget(label("Unit M × K × N", "section"))
        row = QHBoxLayout()
        row.setSpacing(4)
        for axis, spin, extent in zip("MKN", self.spins, self.unit.extents, strict=True):
            spin.setRange(1, LARGEST_UNIT)
            spin.setValue(extent)
            spin.setAccessibleName(f"{axis} of the unit")
            spin.setToolTip(f"{axis} of the unit, 1 to {LARGEST_UNIT:,}")
            spin.setMinimumWidth(72)
            spin.valueChanged.connect(lambda _: self._change.start())
            spin.editingFinished.connect(self._take_unit)
            row.addWidget(spin, 1)
        column.addLayout(row)
        column.addSpacing(4)
        self.headline.setWordWrap(True)
        self.headline.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.headline.setTextFormat(Qt.TextFormat.PlainText)
        flags = Qt.TextInteractionFlag.TextSelectableByMouse
        self.headline.setTextInteractionFlags(
            flags | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        column.addWidget(self.headline, 1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFixedWidth(_SIDE_WIDTH)
        area.setWidget(side)
        return area

    # Figures -----------------------------------------------------------------------------------

    def work(self, graph: Graph, figures: Figures) -> Callable[[Cancel], Any]:
        unit = self.unit
        return lambda cancelled: compute_fit(graph, unit, cancelled)

    def present(self, result: Fit) -> None:
        self.fit = result.with_unit(self.unit)
        self._rows = FitTable(self.fit)
        assert self.table is not None
        self.table.set_table(self._rows)
        self._tell_totals()

    def present_selection(self) -> None:
        if self.table is not None:
            self.table.select_nodes(self.chosen)

    def forget(self) -> None:
        self.fit = self._rows = None
        if self.table is not None:
            self.table.set_table(None)

    def copy(self) -> None:
        """Copies the selected rows."""
        if self.table is not None:
            self.table.copy()

    def _on_unit(self) -> None:
        if self.fit is None or self._rows is None or self.table is None:
            return
        self.fit = self.fit.with_unit(self.unit)
        self._rows = self._rows.on(self.fit)
        self.table.update_table(self._rows)
        self._tell_totals()

    def _tell_totals(self) -> None:
        assert self.fit is not None
        self.headline.setText(fit_headline(self.fit, self.name))
        self.show_cards(card_texts(self.fit))

    def _show_unit(self) -> None:
        for spin, extent in zip(self.spins, self.unit.extents, strict=True):
            with QSignalBlocker(spin):
                spin.setValue(extent)

    def _take_unit(self) -> None:
        self._change.stop()
        unit = Unit(*(spin.value() for spin in self.spins))
        if unit != self.unit:
            self.unit = unit
            self._on_unit()
            self.unit_changed.emit(unit)

    def _filter(self) -> None:
        self._delay.stop()
        if self.table is not None:
            self.table.rows.set_filter(self.filter.text())


def card_texts(fit: Fit) -> tuple[CardText, ...]:
    """The totals of a fit."""
    totals, unit = fit.totals, fit.unit
    shown, _, sign = percent(totals.utilisation).partition(" ")
    left_out = len(fit.unmapped)
    without = f"\n{left_out:,} nodes of unknown size are left out." if left_out else ""
    return (
        CardText(
            "Unit busy",
            0,
            "%",
            f"{totals.macs:,} of {totals.spent_macs:,} MACs = {100 * totals.utilisation:.6g} %",
            "Useful MACs over those that all tiles have room for: a tile that is partly empty "
            "takes the unit as long as a full one. Weighted by MACs instead of time, the mean of "
            f"all layers is {percent(totals.mean_utilisation)}.{without}",
            (shown, sign),
        ),
        CardText(
            "Tiles",
            totals.tiles,
            "",
            count_text(totals.tiles, f"tiles of {unit.text()}"),
            "⌈M / unit M⌉ × ⌈K / unit K⌉ × ⌈N / unit N⌉ for every multiply; a convolution is "
            f"multiplied through im2col, once per group.{without}",
        ),
        CardText(
            "Padding MACs",
            totals.padding_macs,
            "",
            count_text(totals.padding_macs, "MACs"),
            f"MACs that tiles have room for and nobody needs: {totals.tiles:,} tiles × "
            f"{unit.macs:,} MACs − {totals.macs:,} useful ones.",
        ),
        CardText(
            "Partial sums",
            totals.partial_sum_bytes,
            "B",
            count_text(totals.partial_sum_bytes, "B"),
            "The unit adds up one K block at a time: results are written after every block but "
            "the last and read back before every block but the first, (K blocks − 1) × 2 × M × N "
            "elements. Results of 8 bits or less have 32-bit sums. A layer that was tiled adds "
            "up in Sum nodes, whose bytes are among the bytes moved.",
        ),
    )
