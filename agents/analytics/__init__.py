"""The analytics specialist: what the data says about where money worked."""
