"""Clients: the built-in ones, those an operator registers, and those that describe themselves."""
