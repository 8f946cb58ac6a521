"""The outside systems that content is published to."""
