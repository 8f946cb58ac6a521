"""PromptCrm: leads, the communication with them, and the sales they become."""
