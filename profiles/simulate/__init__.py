"""Whole worlds from one seed: the real bot, its store, Flash and WhatsApp, and everything that can go wrong."""
