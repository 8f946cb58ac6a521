"""Evaluation: benchmarks of the running system. Suites that score agents' outputs are not built yet."""
