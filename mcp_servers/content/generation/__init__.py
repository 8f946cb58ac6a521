"""The engines that write copy: one from rules, one from a language model, both held to the same limits."""
