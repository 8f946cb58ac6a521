"""The engine that serves when no LLM is configured: deterministic policies behind the interface of a model."""
