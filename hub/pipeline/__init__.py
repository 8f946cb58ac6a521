"""The pipeline: what changed in the sub-companies' databases, brought into the hub exactly once."""
