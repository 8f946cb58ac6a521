"""PromptContent: copy that fits its format, assets with versions and rights, and publishing behind the gate."""
