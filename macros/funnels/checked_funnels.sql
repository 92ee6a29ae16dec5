{#-
    The funnels of `vars.funnels`, checked, with their defaults filled in.

    Shape      list of {name, steps, window_hours, unit, mode, exclusions, breakdowns, breakdown_step}; not SQL
    Arguments  funnels: as in dbt_project.yml; none for the var
    Errors     funnels.<name>: what is wrong with it, in a sentence
    Source     DEFINITIONS.md, section 10
    Example    {'name': 'buy'} -> view_item to purchase, per session within 24 hours, in this order
-#}
{% macro checked_funnels(funnels=none) -%}
    {%- set given = var('funnels') if funnels is none else funnels -%}
    {%- set checked, names = [], [] -%}
    {%- if given is string or given is mapping or given is not sequence -%}
        {{ exceptions.raise_compiler_error('funnels: must be a list, got ' ~ given) }}
    {%- endif -%}
    {%- for funnel in given -%}
        {%- if funnel is not mapping or funnel.get('name') is not string -%}
            {{ exceptions.raise_compiler_error('funnels: entry ' ~ loop.index ~ ' has no name') }}
        {%- endif -%}
        {%- do checked.append(footfall._checked_funnel(funnel, names)) -%}
        {%- do names.append(funnel.name) -%}
    {%- endfor -%}
    {{ return(checked) }}
{%- endmacro %}

{% macro _checked_funnel(funnel, names) -%}
    {%- set unit = funnel.get('unit', 'session') -%}
    {%- set whole = {
        'name': funnel.name,
        'steps': ['view_item', 'add_to_cart', 'begin_checkout', 'purchase'],
        'window_hours': 168 if unit == 'person' else 24,
        'unit': unit,
        'mode': 'ordered',
        'exclusions': [],
        'breakdowns': [],
        'breakdown_step': 1,
    } -%}
    {%- set faults = [] -%}
    {%- for key in funnel if key not in whole -%}
        {%- do faults.append(key ~ ' is no setting; there are ' ~ whole.keys() | join(', ')) -%}
    {%- endfor -%}
    {%- do whole.update(funnel) -%}
    {%- if not modules.re.fullmatch('[a-z][a-z0-9_]*', whole.name) -%}
        {%- do faults.append('its name must be lower case letters, digits and underscores') -%}
    {%- endif -%}
    {%- if whole.name in names -%} {%- do faults.append('a second funnel has this name') -%} {%- endif -%}
    {%- for key in ['steps', 'exclusions', 'breakdowns'] if whole[key] is string or whole[key] is not sequence -%}
        {%- do faults.append(key ~ ' must be a list, got ' ~ whole[key]) -%}
    {%- endfor -%}
    {%- if not faults -%}
        {%- if not 2 <= whole.steps | length <= footfall.funnel_step_limit() -%}
            {%- do faults.append('needs 2 to ' ~ footfall.funnel_step_limit() ~ ' steps, got ' ~ whole.steps | length) -%}
        {%- endif -%}
        {%- for type in whole.steps + whole.exclusions if type not in footfall.known_event_types() -%}
            {%- do faults.append(type ~ ' is no event type; see the seed event_types') -%}
        {%- endfor -%}
        {%- for type in whole.exclusions if type in whole.steps -%}
            {%- do faults.append(type ~ ' is both a step and an exclusion') -%}
        {%- endfor -%}
        {%- for name in whole.breakdowns if name not in footfall.funnel_dimensions() -%}
            {%- do faults.append(name ~ ' is no breakdown; there are ' ~ footfall.funnel_dimensions() | join(', ')) -%}
        {%- endfor -%}
        {%- if whole.breakdowns | unique | list | length < whole.breakdowns | length -%}
            {%- do faults.append('a breakdown stands twice') -%}
        {%- endif -%}
    {%- endif -%}
    {%- if whole.window_hours is not integer or whole.window_hours <= 0 -%}
        {%- do faults.append('window_hours must be a whole number above 0, got ' ~ whole.window_hours) -%}
    {%- endif -%}
    {%- if whole.unit not in ['session', 'person'] -%}
        {%- do faults.append('unit must be session or person, got ' ~ whole.unit) -%}
    {%- endif -%}
    {%- if whole.mode not in ['ordered', 'strict', 'any_order'] -%}
        {%- do faults.append('mode must be ordered, strict or any_order, got ' ~ whole.mode) -%}
    {%- endif -%}
    {%- if not faults and not (whole.breakdown_step is integer and 1 <= whole.breakdown_step <= whole.steps | length) -%}
        {%- do faults.append('breakdown_step must be the number of a step, got ' ~ whole.breakdown_step) -%}
    {%- endif -%}
    {%- if faults -%}
        {{ exceptions.raise_compiler_error('funnels.' ~ whole.name ~ ': ' ~ faults[0]) }}
    {%- endif -%}
    {{ return(whole) }}
{%- endmacro %}
