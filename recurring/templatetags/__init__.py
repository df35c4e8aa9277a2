"""Pieces of screen of the bills."""
