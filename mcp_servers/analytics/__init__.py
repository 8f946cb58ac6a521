"""PromptSales' analytics: governed answers about campaigns, leads and sales, in English and Spanish."""
