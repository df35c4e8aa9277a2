"""What a household plans: budgets, envelopes, goals, debts, and the alerts that watch them."""
