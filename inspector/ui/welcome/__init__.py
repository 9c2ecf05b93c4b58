"""What the window shows while no file is open."""

from inspector.ui.welcome.page import WelcomePage

__all__ = ["WelcomePage"]
