{#-
    Between two numbers as far as the share says, in NumPy's operations and their order, so to the last digit what NumPy makes
    of them: between two equal ones it is that number, and a value is on the same side of it as there.

    Shape      expression, double
    Arguments  share: an expression from 0 to 1
    Nulls      null for null
    Source     numpy.percentile, method linear
    Example    interpolated('0e0', '10e0', '0.25e0') -> 2.5
-#}
{% macro interpolated(below, above, share) -%}
    case
        when {{ share }} < 0.5e0 then {{ below }} + ({{ above }} - {{ below }}) * ({{ share }})
        else {{ above }} - ({{ above }} - {{ below }}) * (1 - ({{ share }}))
    end
{%- endmacro %}
