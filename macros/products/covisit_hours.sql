{#-
    Within how many hours the second act of a pair counts as following the first, checked.

    Shape      dictionary: pair type, <first>_<next>, -> hours; not SQL
    Units      var covisit_hours, 1 to 24
    Errors     covisit_hours: <pair type> must be whole hours from 1 to 24, got <value>; … is no pair of view, cart and buy
    Example    {'view_view': 12, 'view_cart': 24}
-#}
{% macro covisit_hours() -%}
    {%- for pair_type, hours in var('covisit_hours').items() -%}
        {%- if not modules.re.fullmatch('(view|cart|buy)_(view|cart|buy)', pair_type) -%}
            {{ exceptions.raise_compiler_error('covisit_hours: ' ~ pair_type ~ ' is no pair of view, cart and buy') }}
        {%- elif hours is not integer or hours is boolean or hours < 1 or hours > 24 -%}
            {{ exceptions.raise_compiler_error('covisit_hours: ' ~ pair_type ~ ' must be whole hours from 1 to 24, got ' ~ hours) }}
        {%- endif -%}
    {%- endfor -%}
    {{ return(var('covisit_hours')) }}
{%- endmacro %}
