"""What a network costs: totals, a table of nodes and charts."""

from inspector.ui.metrics.panel import MetricsPanel

__all__ = ["MetricsPanel"]
