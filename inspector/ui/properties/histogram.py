"""A small histogram of a weight's values."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from inspector.analysis.weight_stats import WeightStats
from inspector.ui.theme import Theme
from inspector.ui.widgets.figures import number_text

_HEIGHT = 72


def histogram_height(font: QFont) -> int:
    """Height of the drawing with its labels, in pixels."""
    return _HEIGHT + round(QFontMetricsF(font).height()) + 12


def bin_text(stats: WeightStats, area: QRectF, x: float) -> str:
    """What the bar under `x` counts."""
    bins = len(stats.histogram)
    which = min(max(int((x - area.left()) / max(area.width(), 1.0) * bins), 0), bins - 1)
    low, high = float(stats.edges[which]), float(stats.edges[which + 1])
    count = int(stats.histogram[which])
    return f"{count:,} values from {number_text(low)} to {number_text(high)}"


def paint_histogram(
    painter: QPainter, area: QRectF, stats: WeightStats, theme: Theme, font: QFont
) -> None:
    """Bars over a base line, with the borders and the place of zero below it."""
    text_height = QFontMetricsF(font).height()
    plot = area.adjusted(0, 4, 0, -(text_height + 8))
    tallest = max(int(stats.histogram.max()), 1)
    width = plot.width() / len(stats.histogram)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.accent))
    for i, count in enumerate(stats.histogram.tolist()):
        # At least one pixel: a rare value is still there.
        height = max(plot.height() * count / tallest, 1.0) if count else 0.0
        left = plot.left() + i * width
        painter.drawRect(QRectF(left, plot.bottom() - height, max(width - 1, 1.0), height))
    painter.setPen(QPen(QColor(theme.hairline), 1))
    painter.drawLine(plot.bottomLeft(), plot.bottomRight())
    labels = QRectF(plot.left(), plot.bottom() + 4, plot.width(), text_height)
    _labels(painter, labels, stats, theme, font)
    _zero(painter, plot, stats, theme)


def _labels(painter: QPainter, area: QRectF, stats: WeightStats, theme: Theme, font: QFont) -> None:
    painter.setFont(font)
    painter.setPen(QColor(theme.secondary))
    low, high = f"{float(stats.edges[0]):.3g}", f"{float(stats.edges[-1]):.3g}"
    painter.drawText(area, Qt.AlignmentFlag.AlignLeft, low)
    painter.drawText(area, Qt.AlignmentFlag.AlignRight, high)
    first, last = float(stats.edges[0]), float(stats.edges[-1])
    if first < 0 < last:
        metrics = QFontMetricsF(font)
        x = area.left() + area.width() * (0 - first) / (last - first)
        left = area.left() + metrics.horizontalAdvance(low) + 12
        right = area.right() - metrics.horizontalAdvance(high) - 12
        if left < x < right:
            place = QRectF(x - 10, area.top(), 20, area.height())
            painter.drawText(place, Qt.AlignmentFlag.AlignHCenter, "0")


def _zero(painter: QPainter, plot: QRectF, stats: WeightStats, theme: Theme) -> None:
    first, last = float(stats.edges[0]), float(stats.edges[-1])
    if not first < 0 < last:
        return
    x = plot.left() + plot.width() * (0 - first) / (last - first)
    painter.setPen(QPen(QColor(theme.secondary), 1, Qt.PenStyle.DotLine))
    painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()))
