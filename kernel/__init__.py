"""The shared kernel: what every deployable needs and no bounded context owns."""
