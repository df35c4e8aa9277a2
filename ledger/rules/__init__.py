"""Rules as data, and the engine that asks them. Pure.

`language` says what a rule may hold and checks it, `patterns` keeps regular expressions within
their time, `parts` divides an amount, `questions` makes functions of
conditions, `engine` decides what a row gets.
"""
