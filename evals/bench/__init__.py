"""Benchmarks of the whole system over HTTP, each beside a bare baseline measured in the same run."""
