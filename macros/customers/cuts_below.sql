{#-
    How many of a metric's four cuts lie below a value.

    Shape      integer expression, 0 to 4
    Arguments  value: a number; cuts: alias of a row of int_customers__rfm_cuts
    Nulls      a null value gives null
    Source     not ntile, which parts equal values
    Example    3 with the cuts 1, 1.6, 3, 4.2 -> 2
-#}
{% macro cuts_below(value, cuts) -%}
    case
        when {{ value }} is not null
            then
                {%- for share in (20, 40, 60, 80) %}
                case when {{ cuts }}.cut_{{ share }} < cast({{ value }} as double) then 1 else 0 end
                {{- ' +' if not loop.last }}
                {%- endfor %}
    end
{%- endmacro %}
