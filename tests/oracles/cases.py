"""Columns that a step may trip over: made by hand, and any.

A case is what is learned from, and what is served: each column also served to itself.
"""

from collections.abc import Sequence

from hypothesis import strategies as st

from tests.oracles.preprocessing import Case

NAN, INFINITY = float("nan"), float("inf")
SERVED = [5.0, -3.0, 0.0, 1000.0, 1e9, -1e9, None, NAN, INFINITY, -INFINITY]
WORDS = ["red", "blue", "Red", "", "grün", "zèbre", "10", "9", "it's", None]


def case(
    numbers: Sequence[float | None],
    categories: Sequence[str | None] = ("red", "blue", "red", None),
) -> Case:
    """The numbers with the categories over and over, and labels that depend on both."""
    rows = range(len(numbers))
    repeated = [categories[row % len(categories)] for row in rows]
    labels = [float((row * row + len(repeated[row] or "")) % 3 == 0) for row in rows]
    served = [*numbers, *SERVED]
    return Case(
        numbers=list(numbers),
        categories=repeated,
        labels=labels,
        serve_numbers=served,
        serve_categories=[*repeated, *(WORDS[row % len(WORDS)] for row in range(len(SERVED)))],
    )


NASTY: dict[str, Case] = {
    "the example of DEFINITIONS.md": case([1.0, 2.0, 3.0, 4.0, 100.0]),
    "another example of it": case([1.0, 2.0, 2.0, 1.0, None, 4.0], ["red", "blue", "red", None]),
    "all null": case([None] * 5, [None]),
    "all NaN": case([NAN] * 4),
    "one row": case([3.25], ["red"]),
    "one row, and null": case([None], [None]),
    "two rows": case([1.0, 2.0]),
    "constant": case([7.0, 7.0, 7.0], ["red"]),
    "constant that doubles cannot hold": case([0.1] * 50),
    "constant but for its last digits": case([1e8, 1e8 + 2**-26] * 20),
    "narrow": case([1.0, 1.0 + 2**-49] * 2),
    "wide enough to tell": case([0.0, 1e-14, 2e-14, 5e-14]),
    "infinite": case([INFINITY, -INFINITY, 1.0, 2.0, NAN, 4.0, 4.0]),
    "only infinite": case([INFINITY, -INFINITY]),
    "edges closer than 1e-8": case([0.0, 1e-9, 2e-9, 5e-9, 1.0, 1.0 + 1e-9, 2.0]),
    "nearly always 0": case([0.0] * 99 + [5.0]),
    "half the same": case([0.0] * 10 + [float(n) for n in range(10)]),
    "ties everywhere": case([float(n % 4) for n in range(41)]),
    "its least value is its first percentile": case([0.0] * 4 + [-3.0] * 2),
    "negative": case([-float(n) for n in range(13)]),
    "minus zero": case([-0.0, 0.0, -1.0, 1.0]),
    "large": case([n * 1e150 for n in range(9)]),
    "small": case([n * 1e-12 for n in range(30)]),
    "edges that fall on values": case([float(n) for n in range(22)]),
    "a hundred and one": case([float(n) for n in range(101)]),
    "a thousand": case([float(n * n % 997) / 4 for n in range(1000)], WORDS),
    "ties of categories": case([1.0] * 10, ["b", "a", "c", "d", "ä"]),
    "mostly no category": case([1.0] * 10, [None, None, "b", None, "a"]),
    "categories as numbers": case([1.0] * 12, ["9", "10", "11", None]),
}

# As many digits as money has: further ones are noise to scikit-learn's own formulas, which take the
# difference of large products.
digits = st.integers(-1_000_000, 1_000_000).map(lambda cents: cents / 100)
few = st.integers(-3, 3).map(float)
missing = st.sampled_from([None, NAN, INFINITY, -INFINITY])
# Powers of two keep the digits.
units = st.integers(-20, 20).map(lambda power: 2.0**power)
words = st.sampled_from(WORDS) | st.text(
    st.characters(codec="utf-8", exclude_characters="\0"), max_size=3
)


@st.composite
def any_case(draw: st.DrawFn) -> Case:
    """Any column to learn from, of 1 to 60 rows, and another to serve."""
    unit = draw(units)
    number = draw(st.sampled_from([digits, few, digits | few]))
    values = st.lists(st.one_of(number, number, number, missing), min_size=1, max_size=60)
    train = [value if value is None else value * unit for value in draw(values)]
    served = [value if value is None else value * unit for value in draw(values)]
    size, serve_size = len(train), len(served)
    return Case(
        numbers=train,
        categories=draw(st.lists(words, min_size=size, max_size=size)),
        labels=draw(st.lists(st.sampled_from([0.0, 1.0]), min_size=size, max_size=size)),
        serve_numbers=[*train, *served],
        serve_categories=draw(
            st.lists(words, min_size=size + serve_size, max_size=size + serve_size)
        ),
    )
