"""Figures written as JSON, CSV, Markdown and HTML."""
