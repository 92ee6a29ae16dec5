{#-
    The moment through which everything that feeds a canonical contract was delivered.

    Shape      a scalar subquery: one timestamp in UTC, the same for every row
    Arguments  contract: a canonical model, or a list of them
    Nulls      null while no source that feeds it loaded anything; a source that never loaded does not hold others up
    Source     DEFINITIONS.md, section 2; never max(event_at), which one broken clock sets into the future
    Example    {{ watermark('int_events') }} >= anchor_at + interval '24 hours'
-#}
{% macro watermark(contract) -%}
    {%- set contracts = [contract] if contract is string else contract -%}
    {%- set names = [] -%}
    {%- for name, entry in var('sources').items() if entry.get('enabled', true) -%}
        {%- for fed in contracts if entry.get('feeds', {}).get(fed) and name not in names -%}
            {%- do names.append(name) -%}
        {%- endfor -%}
    {%- endfor -%}
    (
        select min(watermark_at) from {{ ref('int_watermarks') }}
        where {{ "source in ('" ~ names | join("', '") ~ "')" if names else 'false' }}
    )
{%- endmacro %}
