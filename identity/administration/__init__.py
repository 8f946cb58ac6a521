"""Administration of people, invitations and organisations: use cases and REST routes."""
