"""Numbers of things, as people read them."""


def write_number(number: int, thing: str) -> str:
    """`1 alert`, `2 alerts`, `3 watches`: for things whose plural only takes an ending."""
    if number == 1:
        return f"1 {thing}"
    return f"{number} {thing}es" if thing.endswith(("ch", "sh", "s", "x")) else f"{number} {thing}s"
