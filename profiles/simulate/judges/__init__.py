"""Judges: each looks at a world's history and says what in it must not be."""
