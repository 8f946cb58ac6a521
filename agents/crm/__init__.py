"""The CRM specialist: who is already interested, and how sales follows up."""
