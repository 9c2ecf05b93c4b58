"""Dialogs and bars that stand for a moment."""
