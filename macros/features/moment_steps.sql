{#-
    Moments as steps to be met by asof_join: from a time to the first moment at or after it.

    Shape      a whole query: lag_us, at_us, backwards_us; one row a moment, and one a lag for what no moment meets, whose at_us
               is later than all
    Units      microseconds
    Arguments  moments: a CTE with at_us, the moment, and lag_us, how long after it things may still become known
    Source     a join to the last at or before is one to the first at or after where time runs backwards. Of the moments of one
               lag, whatever one sees each later one sees until it is too old: so what is looked at need not meet all of them, only
               the first that sees it and the first that no longer does
    Example    moments at 12 and 18: a time of 13 meets 18, one of 19 meets never()
-#}
{% macro moment_steps(moments) -%}
    select
        lag_us,
        at_us,
        -at_us as backwards_us
    from {{ moments }}
    union all
    select
        lag_us,
        {{ footfall.never() }} as at_us,
        -{{ footfall.never() }} as backwards_us
    from {{ moments }}
    group by lag_us
{%- endmacro %}
