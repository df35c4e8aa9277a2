"""Exchange rates and conversion."""
