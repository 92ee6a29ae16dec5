{#-
    The place of a source among those that feed a contract, from 1 in the order of `vars.sources`.

    Shape      integer expression
    Nulls      an unknown source gives 0
    Example    feed_rank('int_exchange_rates', 'source') -> case source when 'feeds' then 1 … else 0 end
-#}
{% macro feed_rank(contract, source) -%}
    {%- set names = [] -%}
    {%- for name, entry in var('sources').items() if entry.get('feeds', {}).get(contract) -%}
        {%- do names.append(name) -%}
    {%- endfor -%}
    {%- if names -%}
    case {{ source }}
        {%- for name in names %} when '{{ name }}' then {{ loop.index }}{% endfor %} else 0
    end
    {%- else -%} 0 {%- endif -%}
{%- endmacro %}
