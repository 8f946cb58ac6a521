"""Prompt injection: instructions in what leads and customers write, and a model that obeys every one of them."""
