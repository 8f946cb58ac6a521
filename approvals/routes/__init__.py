"""The REST routes, by what they serve."""
