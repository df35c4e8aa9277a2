"""Pages about people. Every view carries one decorator of `accounts.access`."""
