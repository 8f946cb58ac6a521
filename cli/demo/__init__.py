"""The demo tenant: three clients with months of synthetic history."""
