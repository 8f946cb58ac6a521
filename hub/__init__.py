"""PromptSales' own domain: clients and products, and the summarised facts that analytics reads."""
