"""The supervisor: conversations that turn a brief into a strategy and its proposals."""
