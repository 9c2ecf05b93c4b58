"""Proof by measurement that two models compute the same."""
