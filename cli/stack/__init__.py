"""The embedded stack: PostgreSQL, Valkey and the services as supervised child processes."""
