"""The commands: names, options and help. Each loads what does the work when it runs."""
