"""The executor: the only process that can make an approved action happen."""
