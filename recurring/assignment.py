"""Who belongs to whom: as many pairs as possible, and of those the cheapest. Pure.

Successive shortest augmenting paths, apart for each group that shares nothing with the others. The
same edges give the same pairs, in whatever order they come.
"""

from collections import defaultdict, deque
from collections.abc import Mapping

Edges = Mapping[tuple[int, int], int]


def assign(edges: Edges) -> dict[int, int]:
    """Right by left: each once at most. `edges` are costs (whole numbers) by (left, right)."""
    pairs: dict[int, int] = {}
    for group in _groups(edges):
        pairs |= _solve(group)
    return pairs


def _groups(edges: Edges) -> list[dict[tuple[int, int], int]]:
    """The edges, taken apart where nothing is shared."""
    parent: dict[tuple[str, int], tuple[str, int]] = {}

    def root(node):
        while parent.setdefault(node, node) != node:
            parent[node] = node = parent[parent[node]]
        return node

    for left, right in edges:
        parent[root(("left", left))] = root(("right", right))
    groups: dict[tuple[str, int], dict] = defaultdict(dict)
    for (left, right), cost in sorted(edges.items()):
        groups[root(("left", left))][left, right] = cost
    return list(groups.values())


def _solve(edges: dict[tuple[int, int], int]) -> dict[int, int]:
    if len(edges) == 1:
        return dict(edges.keys())
    rights: dict[int, list[int]] = defaultdict(list)
    for left, right in edges:
        rights[left].append(right)
    taken: dict[int, int] = {}  # left by right
    while path := _cheapest_path(edges, rights, taken):
        for left, right in path:
            taken[right] = left
    return {left: right for right, left in taken.items()}


def _cheapest_path(edges, rights, taken) -> list[tuple[int, int]]:
    """The pairs to make so that one more left is served, at the least cost; [] when none can be."""
    served = set(taken.values())
    cost = {left: 0 for left in rights if left not in served}
    came: dict[int, tuple[int, int]] = {}
    queue = deque(cost)
    while queue:
        left = queue.popleft()
        for right in rights[left]:
            holder = taken.get(right)
            if holder is None or holder == left:
                continue
            total = cost[left] + edges[left, right] - edges[holder, right]
            if holder not in cost or total < cost[holder]:
                cost[holder] = total
                came[holder] = (left, right)
                queue.append(holder)
    ends = [
        (cost[left] + edges[left, right], left, right)
        for left in cost
        for right in rights[left]
        if right not in taken
    ]
    return _walked(min(ends, default=None), came)


def _walked(end: tuple[int, int, int] | None, came: dict) -> list[tuple[int, int]]:
    if end is None:
        return []
    _total, left, right = end
    path = [(left, right)]
    while left in came:
        left, right = came[left]
        path.append((left, right))
    return path[::-1]
