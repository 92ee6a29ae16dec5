{#-
    The spines of var `spines` whose rows name an entity.

    Shape      list of names; not SQL
    Arguments  keys: the entity's key columns
    Errors     spines: none has <keys> · spines.<name>: what is wrong with it, in a sentence
    Example    spines_of(['customer_id']) -> ['customer_day', 'customer_after_order']
-#}
{% macro spines_of(keys) -%}
    {%- set names = [] -%}
    {%- for name, columns in footfall.checked_spines().items() if keys | reject('in', columns) | list == [] -%}
        {%- do names.append(name) -%}
    {%- endfor -%}
    {%- if not names -%}
        {{ exceptions.raise_compiler_error('spines: none has ' ~ keys | join(', ')) }}
    {%- endif -%}
    {{ return(names) }}
{%- endmacro %}
