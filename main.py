"""Starts the Graph Inspector from a checkout or from a frozen executable."""

from __future__ import annotations

import faulthandler
import multiprocessing
import sys


def run() -> int:
    """Prepare the process, then hand over to the command line."""
    # A windowed executable has no stderr to write a traceback to.
    if sys.stderr is not None:
        faulthandler.enable()
    multiprocessing.freeze_support()

    from inspector.cli.main import main

    return main()


if __name__ == "__main__":
    sys.exit(run())
