"""The content specialist: what the campaign says, in the language of each country."""
