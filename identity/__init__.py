"""The embedded OAuth 2.1 authorization server: short tokens for services, agents and the local command line."""
