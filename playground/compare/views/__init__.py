"""Asking, watching and keeping comparisons."""
