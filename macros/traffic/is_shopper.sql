{#-
    True of an event or a visit that counts in marts and reports: neither a robot's nor the shop's own.

    Shape      boolean expression
    Arguments  relation: alias of fct_events, fct_sessions or another with is_bot and is_internal
    Source     vars exclude_bots, exclude_internal; without both everything counts. Facts flag and keep all
    Example    is_shopper('events') -> (not events.is_bot and events.is_internal is not true)
-#}
{% macro is_shopper(relation=none) -%}
    {%- set owner = relation ~ '.' if relation else '' -%}
    {%- set conditions = [] -%}
    {%- if var('exclude_bots') -%} {%- do conditions.append('not ' ~ owner ~ 'is_bot') -%} {%- endif -%}
    {%- if var('exclude_internal') -%} {%- do conditions.append(owner ~ 'is_internal is not true') -%} {%- endif -%}
    ({{ conditions | join(' and ') or 'true' }})
{%- endmacro %}
