{#-
    What is declared for the columns of a relation, checked and taken apart.

    Shape      list of {feature, kind, is_whole, needs_value, cap, clips, last_days, fill, constant, fill_group, fill_parent,
               log, scale, scale_count, bins, bin_count, encode, encode_count, top, columns}; not SQL. The other macros of
               this folder take it as `plan`
    Units      last: days; quantile, uniform, hash: how many; target: rows that the prior is worth, 10 unless told
    Arguments  declared: {column: {cap | flag, impute, log, scale, bins, encode, top, drop_missing}}; types: {column: data type} of the
               relation, as in its contract; model: where that is declared, for the message
    Errors     preprocess.<column>: what is wrong with it, in a sentence; after `<model>: `
    Source     DEFINITIONS.md, section 20; the order cap, impute, log, scale or encode is fixed
    Example    {price: {cap: winsor, impute: median, log: true, scale: standard}, device: {encode: one_hot, top: 3},
               stock: {impute: ["last:7", "group_median:category,department"], bins: "quantile:5"}}
-#}
{% macro checked_preprocessing(declared, types, model=none) -%}
    {%- set plan, known = [], {} -%}
    {%- for column, type in types.items() -%}
        {%- do known.update({column | lower: type | string | lower}) -%}
    {%- endfor -%}
    {%- if declared is not mapping or not declared -%}
        {{ exceptions.raise_compiler_error('preprocess: must be a mapping, column: steps, got ' ~ declared) }}
    {%- endif -%}
    {%- for feature, steps in declared.items() -%}
        {%- set faults = [] -%}
        {%- set entry = footfall._planned(feature, steps, known, faults) -%}
        {%- for column in entry.get('columns', []) if column.name in known -%}
            {%- do faults.append('makes ' ~ column.name ~ ', which the relation has already') -%}
        {%- endfor -%}
        {%- if faults -%}
            {{ exceptions.raise_compiler_error((model ~ ': ' if model else '') ~ 'preprocess.' ~ feature ~ ': ' ~ faults[0]) }}
        {%- endif -%}
        {%- do plan.append(entry) -%}
    {%- endfor -%}
    {{ return(plan) }}
{%- endmacro %}

{#- One column's entry; what is wrong goes to `faults`. -#}
{% macro _planned(feature, steps, known, faults) -%}
    {%- set settings = ['cap', 'flag', 'impute', 'log', 'scale', 'bins', 'encode', 'top', 'drop_missing'] -%}
    {%- if feature not in known -%}
        {%- do faults.append('no such column; there are ' ~ known.keys() | join(', ')) -%}
    {%- elif not modules.re.fullmatch('[a-z_][a-z0-9_]*', feature) -%}
        {%- do faults.append('its name must be lower case letters, digits and underscores') -%}
    {%- elif steps is not mapping or not steps -%}
        {%- do faults.append('needs at least one step, such as {impute: median}, got ' ~ steps) -%}
    {%- else -%}
        {%- for key in steps if key not in settings -%}
            {%- do faults.append(key ~ ' is no step; there are ' ~ settings | join(', ')) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- if faults -%} {{ return({}) }} {%- endif -%}

    {%- set type = known[feature] -%}
    {%- set kind = footfall._kind(type, steps) -%}
    {%- set cap = footfall._method('cap', steps.get('cap'), {'winsor': none, 'tukey': none, 'mad': none}, faults) -%}
    {%- set flag = footfall._method('flag', steps.get('flag'), {'winsor': none, 'tukey': none, 'mad': none}, faults) -%}
    {%- set scale = footfall._method(
        'scale', steps.get('scale'), {'standard': none, 'min_max': none, 'robust': none, 'quantile': [2, 1000]}, faults) -%}
    {%- set bins = footfall._method('bins', steps.get('bins'), {'quantile': [2, 100], 'uniform': [2, 100]}, faults) -%}
    {%- set encode = footfall._method(
        'encode', steps.get('encode'),
        {'one_hot': none, 'ordinal': none, 'frequency': none, 'hash': [1, 1000000], 'target': [1, 1000000, 10]}, faults) -%}
    {%- set entry = {
        'feature': feature,
        'kind': kind,
        'is_whole': 'int' in type,
        'needs_value': steps.get('drop_missing', false),
        'cap': cap[0] or flag[0],
        'clips': cap[0] is not none,
        'last_days': none,
        'fill': none,
        'constant': none,
        'fill_group': none,
        'fill_parent': none,
        'log': steps.get('log', false),
        'scale': scale[0],
        'scale_count': scale[1],
        'bins': bins[0],
        'bin_count': bins[1],
        'encode': encode[0],
        'encode_count': encode[1],
        'top': steps.get('top'),
    } -%}
    {%- do footfall._plan_impute(entry, steps.get('impute'), known, faults) -%}

    {%- if kind == 'other' -%}
        {%- do faults.append('is ' ~ type ~ '; only numbers, texts and booleans can be preprocessed') -%}
    {%- elif kind == 'category' -%}
        {%- for step in ['cap', 'flag', 'log', 'scale', 'bins'] if steps.get(step) -%}
            {%- do faults.append(
                step ~ ' needs a number, and ' ~ (('encode makes a category of ' ~ feature) if steps.get('encode') else (feature ~ ' is ' ~ type))
            ) -%}
        {%- endfor -%}
        {%- if entry.fill in ['mean', 'median', 'group_median'] -%}
            {%- do faults.append('impute: ' ~ entry.fill ~ ' needs a number; of a category there is the mode or a constant') -%}
        {%- endif -%}
        {%- if entry.encode and entry.is_whole is false and not modules.re.match('varchar|string|text|char|bool', type) -%}
            {%- do faults.append('encode needs a text, a whole number or a boolean, and it is ' ~ type ~ '; declare bins for it') -%}
        {%- endif -%}
    {%- elif entry.fill == 'constant' and not modules.re.fullmatch('-?[0-9]+([.][0-9]+)?', entry.constant) -%}
        {%- do faults.append('impute: constant must be a number here, got ' ~ entry.constant) -%}
    {%- endif -%}
    {%- if steps.get('cap') and steps.get('flag') -%}
        {%- do faults.append('cap flags already: declare cap or flag, not both') -%}
    {%- endif -%}
    {%- for key in ['log', 'drop_missing'] if steps.get(key, false) is not boolean -%}
        {%- do faults.append(key ~ ' must be true or false, got ' ~ steps[key]) -%}
    {%- endfor -%}
    {%- if entry.encode == 'one_hot' and (entry.top is not integer or entry.top is boolean or not 1 <= entry.top <= 1000) -%}
        {%- do faults.append('encode: one_hot needs top, how many categories get a column, 1 to 1000, got ' ~ entry.top) -%}
    {%- elif entry.top is not none and entry.encode != 'one_hot' -%}
        {%- do faults.append('top belongs to encode: one_hot') -%}
    {%- endif -%}
    {%- do entry.update({'columns': footfall._planned_columns(entry)}) -%}
    {{ return(entry) }}
{%- endmacro %}

{#- number or category, by what is done with it; other: neither. -#}
{% macro _kind(type, steps) -%}
    {%- set is_text = modules.re.match('varchar|string|text|char', type) -%}
    {%- set is_number = modules.re.match('u?(tiny|small|big|huge)?int(eger)?$|double|float|real|decimal|numeric', type) -%}
    {%- if not (is_text or is_number or type.startswith('bool')) -%} {{ return('other') }} {%- endif -%}
    {{ return('category' if is_text or steps.get('encode') else 'number') }}
{%- endmacro %}

{#- `quantile:5` as ['quantile', 5]. `methods`: name -> none, or the least and greatest number after the colon, and its default. -#}
{% macro _method(step, text, methods, faults) -%}
    {%- if text is none -%} {{ return([none, none]) }} {%- endif -%}
    {%- set parts = (text | string).split(':') -%}
    {%- set name, range = parts[0] | trim, methods.get(parts[0] | trim) -%}
    {%- set number = (parts[1] | trim) if parts | length > 1 else none -%}
    {%- if name not in methods or parts | length > 2 -%}
        {%- do faults.append(step ~ ': ' ~ text ~ ' is no method; there are ' ~ methods.keys() | join(', ')) -%}
    {%- elif range is none -%}
        {%- if number is not none -%} {%- do faults.append(step ~ ': ' ~ name ~ ' takes no number, got ' ~ text) -%} {%- endif -%}
    {%- elif number is none and range | length == 3 -%}
        {{ return([name, range[2]]) }}
    {%- elif number is none or not modules.re.fullmatch('[0-9]{1,9}', number) or not range[0] <= number | int <= range[1] -%}
        {%- do faults.append(
            step ~ ': ' ~ name ~ ' needs a whole number from ' ~ range[0] ~ ' to ' ~ range[1] ~ ', as in ' ~ name ~ ':' ~ (range[2] or 10)
            ~ ', got ' ~ text
        ) -%}
    {%- endif -%}
    {{ return([name, number | int if number is not none and not faults else none]) }}
{%- endmacro %}

{#- Fills in last_days, fill and what belongs to it. -#}
{% macro _plan_impute(entry, declared, known, faults) -%}
    {%- set methods = declared if declared is sequence and declared is not string else [declared] -%}
    {%- for method in methods if method is not none -%}
        {%- set parts = (method | string).split(':', 1) -%}
        {%- set name, rest = parts[0] | trim, (parts[1] | trim) if parts | length > 1 else none -%}
        {%- if entry.fill -%}
            {%- do faults.append('impute: ' ~ method ~ ' would never be used, since ' ~ entry.fill ~ ' before it fills everything') -%}
        {%- elif name == 'last' and entry.last_days is none -%}
            {%- set days = footfall._method('impute', method, {'last': [1, 36500]}, faults)[1] -%}
            {%- do entry.update({'last_days': days}) -%}
        {%- elif name in ['mean', 'median', 'mode'] and rest is none -%}
            {%- do entry.update({'fill': name}) -%}
        {%- elif name == 'constant' and rest -%}
            {%- do entry.update({'fill': name, 'constant': rest}) -%}
        {%- elif name == 'group_median' and rest -%}
            {%- set columns = rest.split(',') | map('trim') | list -%}
            {%- for column in columns if column not in known -%}
                {%- do faults.append('impute: group_median by ' ~ column ~ ', which is no column') -%}
            {%- endfor -%}
            {%- if columns | length > 2 -%}
                {%- do faults.append('impute: group_median takes a column and its parent, got ' ~ rest) -%}
            {%- endif -%}
            {%- do entry.update({'fill': name, 'fill_group': columns[0], 'fill_parent': columns[1] if columns | length > 1 else none}) -%}
        {%- else -%}
            {%- do faults.append(
                'impute: ' ~ method ~ ' is no method; there are mean, median, mode, constant:<value>, group_median:<column>[,<parent>], last:<days>'
            ) -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}

{#- The columns that come of it, in order: {name, data_type}. -#}
{% macro _planned_columns(entry) -%}
    {%- set columns, name = [], entry.feature ~ '__' -%}
    {%- set ends = [] -%}
    {%- if entry.kind == 'number' -%}
        {%- if entry.scale -%} {%- do ends.append([entry.scale, 'double']) -%} {%- endif -%}
        {%- if entry.bins -%} {%- do ends.append(['bin', 'integer']) -%} {%- endif -%}
        {%- if not ends and (entry.log or entry.fill or entry.last_days or entry.clips) -%}
            {%- do ends.append(['log' if entry.log else 'imputed' if entry.fill or entry.last_days else 'capped', 'double']) -%}
        {%- endif -%}
    {%- elif entry.encode == 'one_hot' and entry.top is integer -%}
        {%- for rank in range(1, entry.top + 1) -%} {%- do ends.append(['top_' ~ rank, 'integer']) -%} {%- endfor -%}
        {%- do ends.extend([['other', 'integer'], ['null', 'integer']]) -%}
    {%- elif entry.encode -%}
        {%- do ends.append([entry.encode, 'double' if entry.encode in ['frequency', 'target'] else 'integer']) -%}
    {%- elif entry.fill or entry.last_days -%}
        {%- do ends.append(['imputed', 'varchar']) -%}
    {%- endif -%}
    {%- do ends.append(['is_missing', 'boolean']) -%}
    {%- if entry.cap -%} {%- do ends.append(['is_outlier', 'boolean']) -%} {%- endif -%}
    {%- for end in ends -%}
        {%- do columns.append({'name': name ~ end[0], 'data_type': end[1]}) -%}
    {%- endfor -%}
    {{ return(columns) }}
{%- endmacro %}
