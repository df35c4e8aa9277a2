"""A client of TrueLayer's auth server and Data API v1. Pure HTTP: no models, no Django."""
