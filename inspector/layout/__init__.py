"""Ranks, order, coordinates and edge routes of a drawn graph."""
