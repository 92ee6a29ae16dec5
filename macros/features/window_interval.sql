{#-
    The length of a window, from the suffix that its columns bear.

    Shape      interval expression
    Arguments  window: whole hours or days above 0, as 12h or 30d
    Errors     window_interval: a window is hours or days above 0, as 12h or 30d, or all; got <value>
    Example    window_interval('7d') -> interval '7 days'
-#}
{% macro window_interval(window) -%}
    {%- if not modules.re.fullmatch('[1-9][0-9]{0,4}[hd]', window | string) -%}
        {{ exceptions.raise_compiler_error(
            'window_interval: a window is hours or days above 0, as 12h or 30d, or all; got ' ~ window
        ) }}
    {%- endif -%}
    interval '{{ window[:-1] }} {{ "hours" if window.endswith("h") else "days" }}'
{%- endmacro %}
