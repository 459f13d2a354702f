"""Experiments that prove or refute what items of the roadmap claim; each prints its figures as JSON."""
