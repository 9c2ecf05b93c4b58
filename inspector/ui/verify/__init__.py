"""The panel that says whether two models compute the same."""

from inspector.ui.verify.panel import VerifyPanel

__all__ = ["VerifyPanel"]
