-- A declaration as it stands, whatever else is set; without one, nothing. What is refused, and how
-- that is said: test_guards.py.
{% set cases = [
    ({'complete_through': '2011-12-10T00:00:00+00:00'}, '2011-12-10T00:00:00+00:00'),
    ({'complete_through': '2011-12-10 00:00Z', 'max_delay_minutes': 5}, '2011-12-10 00:00Z'),
    ({'complete_through': '2011-12-10T00:00:00.5-08:00'}, '2011-12-10T00:00:00.5-08:00'),
    ({'complete_through': none}, none),
    ({'max_delay_minutes': 0}, none),
    ({}, none),
] %}
with results (entry, expected, actual) as (

    values
    {% for entry, expected in cases %}
        (
            {{ loop.index }},
            '{{ expected }}',
            '{{ declared_watermark("till", entry) }}'
        ){{ ',' if not loop.last }}
    {% endfor %}

)

select *
from results
where actual <> expected
