{#-
    The moment through which a source says that it has delivered everything.

    Shape      text for `to_utc`, or none where the source declares nothing; not SQL
    Arguments  name: of the source; entry: its settings in `vars.sources`
    Errors     sources.<name>: complete_through must be an instant with its offset, …
               sources.<name>: max_delay_minutes must be a whole number from 0, …
    Example    {'complete_through': '2011-12-10T00:00:00+00:00'} -> 2011-12-10T00:00:00+00:00
-#}
{% macro declared_watermark(name, entry) -%}
    {%- set delay = entry.get('max_delay_minutes') or 0 -%}
    {%- if delay is not integer or delay < 0 -%}
        {{ exceptions.raise_compiler_error(
            'sources.' ~ name ~ ': max_delay_minutes must be a whole number from 0, got ' ~ delay
        ) }}
    {%- endif -%}
    {%- set declared = entry.get('complete_through') -%}
    {%- if declared is none -%} {{ return(none) }} {%- endif -%}
    {%- set instant = '\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)' -%}
    {%- if not modules.re.fullmatch(instant, declared | string) -%}
        {{ exceptions.raise_compiler_error(
            'sources.' ~ name ~ ': complete_through must be an instant with its offset, like '
            ~ '2011-12-10T00:00:00+00:00, got ' ~ declared
        ) }}
    {%- endif -%}
    {{ return(declared | string) }}
{%- endmacro %}
