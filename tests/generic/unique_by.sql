{#-
    Passes when the given columns are a key: no two rows share them, and none of them is null.

    Returns    the shared or incomplete values and how often they stand
    Arguments  columns: list of column names
-#}
{% test unique_by(model, columns) %}

select
    {{ columns | join(', ') }},
    count(*) as row_count
from {{ model }}
group by {{ columns | join(', ') }}
having
    count(*) > 1
    {%- for column in columns %}
    or {{ column }} is null
    {%- endfor %}

{% endtest %}
