"""PromptAds: audiences, campaigns and their performance; whatever reaches an ad platform passes the gate."""
