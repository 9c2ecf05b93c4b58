"""Measurements of speed and memory. Run by hand; nothing here asserts on a clock."""
