"""The pane that tells everything about what is selected."""

from inspector.ui.properties.pane import PropertyPane

__all__ = ["PropertyPane"]
