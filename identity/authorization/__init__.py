"""The authorization endpoint: a person lets a client act for them."""
