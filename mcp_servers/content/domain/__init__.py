"""Pure rules: texts and the formats they have to fit, assets with their versions, rights and publications."""
