"""Pure rules of analytics: the semantic model, queries, the reading of questions, and the wording of answers."""
