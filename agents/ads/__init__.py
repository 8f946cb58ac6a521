"""The ads specialist: objective, audiences, and where the budget goes."""
