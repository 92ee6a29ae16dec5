{#-
    What a row is for: train, valid or test; or nothing, because it would leak (purged, embargo).

    Shape      text expression
    Arguments  split: the task's, of checked_splits; entity: text expression, who must not stand on two sides; reads
               prediction_at, label_to_at, valid_from, test_from and test_to
    Source     DEFINITIONS.md, section 24; entities by the first two hex digits of their md5, which every engine compares
               alike
    Example    test from 03-01: a label that ends then train, a microsecond later purged
-#}
{% macro split_of(split, entity) -%}
    {%- set by_time -%}
        case
            when prediction_at >= test_to + interval '{{ split.embargo_days }} days' then 'train'
            when prediction_at >= test_to then 'embargo'
            when prediction_at >= test_from then 'test'
            when prediction_at >= valid_from then case when label_to_at > test_from then 'purged' else 'valid' end
            when label_to_at > valid_from then 'purged'
            else 'train'
        end
    {%- endset -%}
    {%- if not split.entity_disjoint -%}
        {{ by_time }}
    {%- else -%}
        {%- set has_valid = split.valid_from < split.test_from if split.test_to is not none else split.valid_days > 0 -%}
        {%- set digits = 'substr(md5(' ~ entity ~ '), 1, 2)' -%}
        {%- set test_below = '%02x' | format(split.test_pct * 256 // 100) -%}
        {%- set valid_below = '%02x' | format((split.test_pct + (split.valid_pct if has_valid else 0)) * 256 // 100) -%}
        case
            when {{ by_time }} in ('purged', 'embargo') then {{ by_time }}
            -- At their time, but not theirs.
            when {{ by_time }} <> case
                when {{ digits }} < '{{ test_below }}' then 'test'
                when {{ digits }} < '{{ valid_below }}' then 'valid'
                else 'train'
            end then 'purged'
            else {{ by_time }}
        end
    {%- endif -%}
{%- endmacro %}
