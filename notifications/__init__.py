"""One inbox a person: in-app, e-mail and other channels."""
