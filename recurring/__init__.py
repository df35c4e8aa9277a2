"""Bills, subscriptions and regular income: what repeats, when it is due, and whether it came."""
