from typing import NamedTuple
class Known(NamedTuple):
    concept: str
    name: str
    pattern: str
def find(cleaned): return None
def display_name(description): return ""
