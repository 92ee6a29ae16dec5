{#-
    The windows of time that baskets are looked at in, checked.

    Shape      dictionary: name -> days before the end of the last day with an order, or none for all history; not SQL
    Units      var product_pair_windows
    Errors     product_pair_windows: … must be whole days above 0 or null, got <value>; … needs at least one window
    Example    {'all': none, '90_days': 90}
-#}
{% macro product_pair_windows() -%}
    {%- set windows = var('product_pair_windows') -%}
    {%- if windows is not mapping or not windows -%}
        {{ exceptions.raise_compiler_error('product_pair_windows: needs at least one window, name: days, got ' ~ windows) }}
    {%- endif -%}
    {%- for name, days in windows.items() -%}
        {%- if days is not none and (days is not integer or days is boolean or days <= 0) -%}
            {{ exceptions.raise_compiler_error('product_pair_windows: ' ~ name ~ ' must be whole days above 0 or null, got ' ~ days) }}
        {%- endif -%}
    {%- endfor -%}
    {{ return(windows) }}
{%- endmacro %}
