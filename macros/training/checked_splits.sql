{#-
    The splits of var `splits`, checked, with their defaults filled in.

    Shape      dictionary: task -> {label, valid_from, test_from, test_to, valid_days, test_days, embargo_days,
               entity_disjoint, valid_pct, test_pct}; not SQL
    Arguments  splits, labels, spines: as in dbt_project.yml; none for the vars
    Errors     splits: must name each task's settings, … · splits.<task>: what is wrong with it, in a sentence
    Source     DEFINITIONS.md, section 24
    Example    {'purchase_7d': {'test_days': 28}} -> label purchase_7d, 14 days of validation before the test
-#}
{% macro checked_splits(splits=none, labels=none, spines=none) -%}
    {%- set splits = var('splits') if splits is none else splits -%}
    {%- set labels = footfall.checked_labels(labels, spines) -%}
    {%- if splits is not mapping -%}
        {{ exceptions.raise_compiler_error(
            "splits: must name each task's settings, as {purchase_7d: {valid_days: 14, test_days: 14}}, got " ~ splits
        ) }}
    {%- endif -%}
    {%- set checked = {} -%}
    {%- for task, settings in splits.items() -%}
        {%- do checked.update({task: footfall._checked_split(task, settings, labels)}) -%}
    {%- endfor -%}
    {{ return(checked) }}
{%- endmacro %}

{% macro _checked_split(task, settings, labels) -%}
    {%- set whole = {
        'label': task,
        'valid_from': none,
        'test_from': none,
        'test_to': none,
        'valid_days': 14,
        'test_days': 14,
        'embargo_days': 0,
        'entity_disjoint': false,
        'valid_pct': 20,
        'test_pct': 20,
    } -%}
    {%- set faults = [] -%}
    {%- if settings is not mapping -%}
        {%- do faults.append('needs settings, as {valid_days: 14, test_days: 14}, got ' ~ settings) -%}
    {%- else -%}
        {%- for key in settings if key not in whole -%}
            {%- do faults.append(key ~ ' is no setting; there are ' ~ whole.keys() | join(', ')) -%}
        {%- endfor -%}
        {%- do whole.update(settings) -%}
    {%- endif -%}
    {%- if whole.label not in labels -%}
        {%- do faults.append('label ' ~ whole.label ~ ' is none of var labels: ' ~ labels.keys() | join(', ')) -%}
    {%- endif -%}
    {%- for key, least in {'test_days': 1, 'valid_days': 0, 'embargo_days': 0, 'valid_pct': 0, 'test_pct': 1}.items()
        if whole[key] is not integer or whole[key] is boolean or whole[key] < least -%}
        {%- do faults.append(key ~ ' must be a whole number from ' ~ least ~ ', got ' ~ whole[key]) -%}
    {%- endfor -%}
    {%- if not faults and whole.valid_pct + whole.test_pct >= 100 -%}
        {%- do faults.append('valid_pct and test_pct leave nobody to train on: ' ~ whole.valid_pct ~ ' and ' ~ whole.test_pct) -%}
    {%- endif -%}
    {%- if whole.entity_disjoint is not boolean -%}
        {%- do faults.append('entity_disjoint must be true or false, got ' ~ whole.entity_disjoint) -%}
    {%- endif -%}
    {%- set bounds = ['valid_from', 'test_from', 'test_to'] -%}
    {%- set given = [] -%}
    {%- for key in bounds if whole[key] is not none -%}
        {%- do given.append(key) -%}
        {%- do whole.update({key: whole[key] | string}) -%}
        {%- set day, time = whole[key][:10], whole[key][10:] -%}
        {%- if not (footfall.is_day(day) and modules.re.fullmatch('( ([01]\d|2[0-3]):[0-5]\d:[0-5]\d)?', time)) -%}
            {%- do faults.append(key ~ ' must be a time in UTC, as 2026-03-01 or 2026-03-01 23:00:00, got ' ~ whole[key]) -%}
        {%- elif not time -%}
            {#- One spelling: they are compared as texts. -#}
            {%- do whole.update({key: day ~ ' 00:00:00'}) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if given and given | length < 3 -%}
        {%- do faults.append('valid_from, test_from and test_to go together; there is ' ~ given | join(', ')) -%}
    {%- elif given and not whole.valid_from <= whole.test_from < whole.test_to -%}
        {%- do faults.append('valid_from, test_from and test_to must follow each other, got ' ~ whole.valid_from ~ ', ' ~ whole.test_from ~ ', ' ~ whole.test_to) -%}
    {%- endif -%}
    {%- if faults -%}
        {{ exceptions.raise_compiler_error('splits.' ~ task ~ ': ' ~ faults[0]) }}
    {%- endif -%}
    {{ return(whole) }}
{%- endmacro %}
