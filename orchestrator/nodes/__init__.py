"""The steps of a turn. Each may run again after a crash: what it writes has a deterministic key."""
