{#-
    The spines of var `spines`, checked.

    Shape      dictionary: name -> list of key columns; not SQL
    Arguments  spines: as in dbt_project.yml; none for the var
    Errors     spines: must name each spine's keys, … · spines.<name>: what is wrong with it, in a sentence
    Example    {'customer_day': ['customer_id']}
-#}
{% macro checked_spines(spines=none) -%}
    {%- set spines = var('spines') if spines is none else spines -%}
    {%- if spines is not mapping -%}
        {{ exceptions.raise_compiler_error("spines: must name each spine's keys, as {customer_day: [customer_id]}, got " ~ spines) }}
    {%- endif -%}
    {%- for name, keys in spines.items() -%}
        {%- if not modules.re.fullmatch('[a-z][a-z0-9_]*', name | string) -%}
            {{ exceptions.raise_compiler_error('spines.' ~ name ~ ': its name must be lower case letters, digits and underscores') }}
        {%- elif keys is string or keys is mapping or keys is not sequence or keys | length == 0 -%}
            {{ exceptions.raise_compiler_error('spines.' ~ name ~ ': needs a list of key columns, got ' ~ keys) }}
        {%- elif keys | unique | list | length < keys | length -%}
            {{ exceptions.raise_compiler_error('spines.' ~ name ~ ': a key stands twice') }}
        {%- endif -%}
    {%- endfor -%}
    {{ return(spines) }}
{%- endmacro %}
