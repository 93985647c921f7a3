"""The graph of libraries: what a content needs, and in which order the browser gets it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator


def closure[Node: Hashable](start: Iterable[Node], needs: Callable[[Node], Iterable[Node]]) -> set[Node]:
    """Everything that can be reached from `start`, itself included. Cycles are met in real packages."""
    found: set[Node] = set()
    waiting = list(start)
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting.extend(needs(node))
    return found


def load_order[Node: Hashable](start: Iterable[Node], needs: Callable[[Node], Iterable[Node]]) -> list[Node]:
    """Each library once, what it needs before it, the declared order kept; a cycle is cut where it closes.

    Iterative, because a hostile chain of libraries may be longer than Python's stack.
    """
    order: list[Node] = []
    seen: set[Node] = set()
    for root in start:
        if root in seen:
            continue
        seen.add(root)
        stack: list[tuple[Node, Iterator[Node]]] = [(root, iter(list(needs(root))))]
        while stack:
            node, rest = stack[-1]
            following = next((need for need in rest if need not in seen), None)
            if following is None:
                order.append(node)
                stack.pop()
            else:
                seen.add(following)
                stack.append((following, iter(list(needs(following)))))
    return order
