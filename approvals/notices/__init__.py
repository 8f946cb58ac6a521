"""Telling people what happens in the queue: an outbox, and channels that its notices are delivered through."""
