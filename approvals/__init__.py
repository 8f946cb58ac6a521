"""The approval queue: what waits for a person, who decided it, and the executor that alone carries it out."""
