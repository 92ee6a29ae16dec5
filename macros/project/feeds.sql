{#-
    The models that bring a source to one canonical contract, in the order of `vars.sources`.

    Shape      list of strings, each for `ref`; not SQL
    Errors     none: a contract nobody feeds gives an empty list
    Example    feeds('int_orders') -> ['int_shop__orders', 'int_online_retail__orders']
-#}
{% macro feeds(contract) -%}
    {%- set models = [] -%}
    {%- for name, source in var('sources').items() if source.get('enabled', true) -%}
        {%- for model in [source.get('feeds', {}).get(contract)] if model -%}
            {%- do models.append(model) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(models) }}
{%- endmacro %}
