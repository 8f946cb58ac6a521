"""The two REST services the supervisor speaks to, each with a token exchanged for it."""
