{#-
    The labels of var `labels`, checked, with their defaults filled in.

    Shape      dictionary: name -> {spine, gap_hours, horizon_days, lateness_days}; not SQL
    Arguments  labels, spines: as in dbt_project.yml; none for the vars
    Errors     labels: must name each label's settings, … · labels.<name>: what is wrong with it, in a sentence
    Source     DEFINITIONS.md, section 23
    Example    {'purchase_7d': {'spine': 'customer_day', 'horizon_days': 7}} -> gap 0 hours, lateness 3 days
-#}
{% macro checked_labels(labels=none, spines=none) -%}
    {%- set labels = var('labels') if labels is none else labels -%}
    {%- set spines = footfall.checked_spines(spines) -%}
    {%- if labels is not mapping -%}
        {{ exceptions.raise_compiler_error(
            "labels: must name each label's settings, as {purchase_7d: {spine: customer_day, horizon_days: 7}}, got " ~ labels
        ) }}
    {%- endif -%}
    {%- set checked = {} -%}
    {%- for name, settings in labels.items() -%}
        {%- do checked.update({name: footfall._checked_label(name, settings, spines)}) -%}
    {%- endfor -%}
    {{ return(checked) }}
{%- endmacro %}

{% macro _checked_label(name, settings, spines) -%}
    {%- set whole = {'spine': none, 'gap_hours': 0, 'horizon_days': none, 'lateness_days': 3} -%}
    {%- set faults = [] -%}
    {%- if settings is not mapping -%}
        {%- do faults.append('needs settings, as {spine: customer_day, horizon_days: 7}, got ' ~ settings) -%}
    {%- else -%}
        {%- for key in settings if key not in whole -%}
            {%- do faults.append(key ~ ' is no setting; there are ' ~ whole.keys() | join(', ')) -%}
        {%- endfor -%}
        {%- do whole.update(settings) -%}
    {%- endif -%}
    {%- if not modules.re.fullmatch('[a-z][a-z0-9_]*', name | string) -%}
        {%- do faults.append('its name must be lower case letters, digits and underscores') -%}
    {%- endif -%}
    {%- if whole.spine not in spines -%}
        {%- do faults.append('spine ' ~ whole.spine ~ ' is none of var spines: ' ~ spines.keys() | join(', ')) -%}
    {%- endif -%}
    {%- if whole.horizon_days is not integer or whole.horizon_days is boolean or whole.horizon_days <= 0 -%}
        {%- do faults.append('horizon_days must be a whole number above 0, got ' ~ whole.horizon_days) -%}
    {%- endif -%}
    {%- for key in ['gap_hours', 'lateness_days'] if whole[key] is not integer or whole[key] is boolean or whole[key] < 0 -%}
        {%- do faults.append(key ~ ' must be a whole number from 0, got ' ~ whole[key]) -%}
    {%- endfor -%}
    {%- set promised = modules.re.search('_([0-9]+)d$', name | string) -%}
    {%- if not faults and promised and promised.group(1) | int != whole.horizon_days -%}
        {%- do faults.append('its name promises ' ~ promised.group(1) ~ ' days, horizon_days says ' ~ whole.horizon_days) -%}
    {%- endif -%}
    {%- if faults -%}
        {{ exceptions.raise_compiler_error('labels.' ~ name ~ ': ' ~ faults[0]) }}
    {%- endif -%}
    {{ return(whole) }}
{%- endmacro %}
