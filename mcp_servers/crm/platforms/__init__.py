"""Outside systems of PromptCrm."""
