"""Questions with known answers, asked of a system of the suite's own over generated data."""
