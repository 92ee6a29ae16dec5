{#-
    After how many events of a visit session_prefix predicts, checked.

    Shape      list of whole numbers; not SQL
    Units      var session_prefix_lengths
    Errors     session_prefix_lengths must be a list of different whole numbers above 0, got <value>
    Example    [1, 3, 5, 10]
-#}
{% macro prefix_lengths() -%}
    {%- set lengths = var('session_prefix_lengths') -%}
    {%- set faults = [] -%}
    {%- if lengths is string or lengths is mapping or lengths is not sequence or lengths | length == 0 -%}
        {%- do faults.append('no list') -%}
    {%- else -%}
        {%- for length in lengths if length is not integer or length is boolean or length <= 0 -%}
            {%- do faults.append(length) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- if faults or lengths | unique | list | length < lengths | length -%}
        {{ exceptions.raise_compiler_error(
            'session_prefix_lengths must be a list of different whole numbers above 0, got ' ~ lengths
        ) }}
    {%- endif -%}
    {{ return(lengths) }}
{%- endmacro %}
