"""A simulated outside world: ad platforms, a publisher and a messenger. It announces itself in every answer."""
