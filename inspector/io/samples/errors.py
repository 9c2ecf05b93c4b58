"""What can go wrong while a sample is made."""

from __future__ import annotations


class SampleError(Exception):
    """A sample could not be made; the message says why and what to do."""


class SampleUnavailable(SampleError):
    """The sample needs a library that is not installed."""


class UnknownSample(SampleError):
    """No sample has this name."""


class SampleCancelled(SampleError):
    """The user cancelled; nothing was left in the cache."""
