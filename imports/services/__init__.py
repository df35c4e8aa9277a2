"""The writes of imports: files straight in (commands), and the wizard's jobs."""
