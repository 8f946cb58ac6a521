"""People: their passwords, how they sign in, and the browsers they are signed in with."""
