{#-
    What keyed_by has to look at in a model of moments_of(keys).

    Shape      list of inputs; not SQL
    Arguments  keys: as of moments_of
    Errors     as of moments_of
    Example    keyed_by('visitor_id', inputs=moment_inputs(['visitor_id', 'product_id']))
-#}
{% macro moment_inputs(keys) -%}
    {%- set inputs = [] -%}
    {%- for name in footfall.spines_of(keys) -%}
        {%- do inputs.append({
            'model': 'ftr_spine__' ~ name,
            'where': keys | join(' is not null and ') ~ ' is not null',
            'fingerprint': footfall.fingerprint(keys + ['purpose', 'prediction_at', 'available_as_of']),
        }) -%}
    {%- endfor -%}
    {{ return(inputs) }}
{%- endmacro %}
