{#-
    Passes when no two rows share the given columns, nulls counted as equal.

    Returns    the shared values and how often they stand
    Arguments  columns: list of column names
-#}
{% test unique_by(model, columns) %}

select
    {{ columns | join(', ') }},
    count(*) as row_count
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1

{% endtest %}
