"""The writes about people and households."""
