"""From what a person wrote to a typed turn: the playbook's parser, the model's reading, one validation for both."""
