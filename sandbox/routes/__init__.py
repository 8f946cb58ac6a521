"""HTTP routes, one module a platform. They translate; the service decides."""
