"""A believable household to look around in."""
