"""Numbers of things, as people read them."""


def write_number(number: int, thing: str) -> str:
    """`1 alert`, `2 alerts`: for things whose plural only takes an s."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
