"""Shapes, costs, bandwidth and activation memory as pure functions."""
