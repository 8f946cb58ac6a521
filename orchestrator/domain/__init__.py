"""Pure rules: briefs, strategies, what changes between two versions, and what a strategy proposes."""
