{#-
    A rate drawn towards that of its group, the more the fewer cases it has: (k + m * p0) / (n + m).

    Shape      decimal(28, 8) expression, exact
    Units      var smoothing_cases is m: as many cases as p0 is worth
    Arguments  successes, cases: whole numbers, not negative; group_successes, group_cases: those of the group, whose rate is p0
    Nulls      a group without a case has no rate: null
    Source     m-estimate of category encoders
    Example    1 of 2 in a group of 5 of 100 -> 0.09090909; 0 of 0 -> 0.05000000
-#}
{% macro smoothed_rate(successes, cases, group_successes, group_cases) -%}
    {%- set m = var('smoothing_cases') -%}
    {{- footfall.require_positive_int('smoothed_rate', 'smoothing_cases', m) -}}
    {#- Products of counts outgrow 32 bits, with eight places 64. -#}
    {%- set k, n = 'cast(' ~ successes ~ ' as bigint)', 'cast(' ~ cases ~ ' as bigint)' -%}
    {%- set whole = footfall.sql_type('hugeint') -%}
    cast(
        cast({{ footfall._whole_share(
            'cast(100000000 as ' ~ whole ~ ')',
            'cast(' ~ k ~ ' * ' ~ group_cases ~ ' + ' ~ m ~ ' * ' ~ group_successes ~ ' as ' ~ whole ~ ')',
            'cast((' ~ n ~ ' + ' ~ m ~ ') * ' ~ group_cases ~ ' as ' ~ whole ~ ')'
        ) }} as decimal(27, 0))
        * cast(0.00000001 as decimal(8, 8))
        as decimal(28, 8)
    )
{%- endmacro %}
