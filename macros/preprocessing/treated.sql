{#-
    Every step applied to every row, with what each of them left: the inside of `transformed`, and what impact is measured on.

    Shape      a whole query: the columns of `keep`; per feature <feature>__read, __capped, __imputed, __log as far as it has
               the step; the columns of the plan; one row a row of the relation
    Arguments  as of transformed
    Nulls      as of transformed
    Errors     as of transformed
    Example    {cap: winsor, impute: median}: price__read, price__capped, price__imputed, price__is_missing, price__is_outlier
-#}
{% macro treated(relation, parameters, plan, keep, history=none, ordered=none) -%}
    {%- set numbers = plan | selectattr('kind', 'equalto', 'number') | list -%}
    {%- set categories = plan | selectattr('kind', 'equalto', 'category') | list -%}
    {%- set targets = categories | selectattr('encode', 'equalto', 'target') | list -%}
    {%- set scaled = numbers | selectattr('scale', 'in', ['standard', 'min_max', 'robust']) | list -%}
    {%- set text = footfall.sql_type('varchar') -%}
    {#- Columns of the relation that are carried along: asked for, or needed by the ordered encoding. -#}
    {%- set carried = keep | list -%}
    {%- if ordered is not none and targets -%}
        {%- for column in ordered.get('keys', []) + [ordered.moment, ordered.label, ordered.known_at] if column not in carried -%}
            {%- do carried.append(column) -%}
        {%- endfor -%}
    {%- endif -%}
    with {{ footfall._last_known_ctes(relation, plan, history, 'transformed') }}

    stored_parameters as (

        select * from {{ parameters }}

    ),

    -- One row: what is learned once for a feature.
    learned as (

        select
            {%- for one in numbers if one.cap %}
            {%- for stat in ['lower', 'upper', 'clips'] %}
            {{ footfall._stored(one, 'cap', stat) }} as {{ one.feature }}__{{ stat }},
            {%- endfor %}
            {%- endfor %}
            {%- for one in plan if one.fill %}
            {{ footfall._stored(one, 'impute', 'median' if one.fill == 'group_median' else one.fill) }} as {{ one.feature }}__fill,
            {%- endfor %}
            {%- for one in scaled %}
            {%- for stat in ['center', 'scale'] %}
            {{ footfall._stored(one, 'scale', stat) }} as {{ one.feature }}__{{ stat }},
            {%- endfor %}
            {%- endfor %}
            {%- for one in numbers if one.scale == 'quantile' %}
            min(case when feature = '{{ one.feature }}' and stat = 'quantile' then value end) as {{ one.feature }}__lowest,
            max(case when feature = '{{ one.feature }}' and stat = 'quantile' then value end) as {{ one.feature }}__highest,
            count(case when feature = '{{ one.feature }}' and stat = 'quantile' then value end) as {{ one.feature }}__point_count,
            {%- endfor %}
            {%- for one in numbers if one.bins %}
            {%- for edge in range(one.bin_count + 1) %}
            {{ footfall._stored(one, 'bin', 'edge', edge) }} as {{ one.feature }}__edge_{{ edge }},
            {%- endfor %}
            {%- endfor %}
            {%- for one in categories if one.encode == 'one_hot' %}
            {%- for rank in range(1, one.top + 1) %}
            {{ footfall._stored(one, 'one_hot', 'category', rank) }} as {{ one.feature }}__category_{{ rank }},
            {%- endfor %}
            {%- endfor %}
            {%- for one in targets %}
            {{ footfall._stored(one, 'target', 'prior') }} as {{ one.feature }}__prior,
            {%- endfor %}
            count(*) as parameter_count
        from stored_parameters

    ),
    {% for one in plan %}
    {%- if one.fill_group %}
    {{ one.feature }}__groups as (

        select group_key, value from stored_parameters where feature = '{{ one.feature }}' and stat = 'group_median'

    ),
    {% endif %}
    {%- if one.fill_parent %}
    {{ one.feature }}__parents as (

        select group_key, value from stored_parameters where feature = '{{ one.feature }}' and stat = 'parent_median'

    ),
    {% endif %}
    {%- if one.scale == 'quantile' %}
    -- Points of one value are one, with the first and the last of their ranks.
    {{ one.feature }}__points as (

        select
            value,
            lead(value) over (order by value asc nulls last) as next_value,
            cast(min(point) as double) / nullif(max(max(point)) over (), 0) as first_rank,
            cast(max(point) as double) / nullif(max(max(point)) over (), 0) as last_rank,
            lead(cast(min(point) as double)) over (order by value asc nulls last) / nullif(max(max(point)) over (), 0) as next_rank
        from (
            select value, cast(group_key as integer) as point
            from stored_parameters
            where feature = '{{ one.feature }}' and stat = 'quantile' and value is not null
        ) as stored
        group by value

    ),
    {% endif %}
    {%- if one.encode in ['ordinal', 'frequency', 'target'] %}
    {{ one.feature }}__codes as (

        select text_value, value
        from stored_parameters
        where feature = '{{ one.feature }}' and step = '{{ one.encode }}' and stat <> 'prior'

    ),
    {% endif %}
    {%- endfor %}
    rows_read as (

        select
            {%- for column in carried %}
            given.{{ column }},
            {%- endfor %}
            {%- for one in plan %}
            {{ footfall._read(one, 'given.' ~ one.feature) }} as {{ one.feature }}__read,
            {%- if one.last_days %}
            {{ one.feature }}__last.value as {{ one.feature }}__last_value,
            {%- endif %}
            {%- if one.fill_group %}
            cast(given.{{ one.fill_group }} as {{ text }}) as {{ one.feature }}__group,
            {%- endif %}
            {%- if one.fill_parent %}
            cast(given.{{ one.fill_parent }} as {{ text }}) as {{ one.feature }}__parent,
            {%- endif %}
            {%- endfor %}
            given.is_ordered_row
        from (
            select *, {{ ('coalesce(' ~ ordered.rows ~ ', false)') if ordered is not none else 'false' }} as is_ordered_row
            from {{ relation }}
        ) as given
        {{- footfall._last_known_joins(plan, history, 'given') }}

    ),

    rows_capped as (

        select
            rows_read.*,
            {%- for one in numbers if one.cap %}
            coalesce(
                rows_read.{{ one.feature }}__read < learned.{{ one.feature }}__lower
                or rows_read.{{ one.feature }}__read > learned.{{ one.feature }}__upper,
                false
            ) as {{ one.feature }}__is_outlier,
            {%- if one.clips %}
            {%- for value in ['read', 'last_value'] if value == 'read' or one.last_days %}
            case when learned.{{ one.feature }}__clips = 1
                then {{ footfall.clipped(
                    'rows_read.' ~ one.feature ~ '__' ~ value,
                    'learned.' ~ one.feature ~ '__lower', 'learned.' ~ one.feature ~ '__upper'
                ) }}
                else rows_read.{{ one.feature }}__{{ value }} end as {{ one.feature }}__{{ 'capped' if value == 'read' else 'last_capped' }},
            {%- endfor %}
            {%- endif %}
            {%- endfor %}
            {%- for one in plan %}
            rows_read.{{ one.feature }}__read is null as {{ one.feature }}__is_missing{{ ',' if not loop.last }}
            {%- endfor %}
        from rows_read
        cross join learned

    ),

    rows_imputed as (

        select
            {%- for one in plan if one.fill or one.last_days %}
            coalesce(
                rows_capped.{{ one.feature }}__{{ 'capped' if one.clips else 'read' }}
                {%- if one.last_days %}, rows_capped.{{ one.feature }}__{{ 'last_capped' if one.clips else 'last_value' }}{% endif %}
                {%- if one.fill_group %}, {{ one.feature }}__groups.value{% endif %}
                {%- if one.fill_parent %}, {{ one.feature }}__parents.value{% endif %}
                {%- if one.fill %}, learned.{{ one.feature }}__fill{% endif -%}
            ) as {{ one.feature }}__imputed,
            {%- endfor %}
            rows_capped.*
        from rows_capped
        cross join learned
        {%- for one in plan if one.fill_group %}
        left join {{ one.feature }}__groups on rows_capped.{{ one.feature }}__group = {{ one.feature }}__groups.group_key
        {%- if one.fill_parent %}
        left join {{ one.feature }}__parents on rows_capped.{{ one.feature }}__parent = {{ one.feature }}__parents.group_key
        {%- endif %}
        {%- endfor %}

    ),

    rows_logged as (

        select
            {%- for one in numbers if one.log %}
            {{ footfall.signed_log('rows_imputed.' ~ footfall._unlogged(one)) }} as {{ one.feature }}__log,
            {%- endfor %}
            rows_imputed.*
        from rows_imputed

    ),
    {% for one in numbers if one.scale == 'quantile' %}
    {%- set points = one.feature ~ '__points' %}
    -- Each value once: to look up every row would sort all its columns.
    {{ one.feature }}__ranks as (

        select
            given.value as given_value,
            case
                -- One row to learn from says nothing of what is more.
                when given.value <= learned.{{ one.feature }}__lowest or learned.{{ one.feature }}__point_count = 1 then 0e0
                when given.value >= learned.{{ one.feature }}__highest then 1e0
                -- On points of one value: halfway between the first and the last of them.
                when given.value = {{ points }}.value then ({{ points }}.first_rank + {{ points }}.last_rank) / 2e0
                else {{ points }}.last_rank + ({{ points }}.next_rank - {{ points }}.last_rank)
                    * ((given.value - {{ points }}.value) / ({{ points }}.next_value - {{ points }}.value))
            end as value
        from (
            select {{ footfall._prepared(one) }} as value
            from rows_logged
            where {{ footfall._prepared(one) }} is not null
            group by {{ footfall._prepared(one) }}
        ) as given
        cross join learned
        {{ footfall.asof_left_join(points, 'given.value', 'value') }}

    ),
    {% endfor %}
    {%- for one in targets if ordered is not none %}
    {{ one.feature }}__ordered as (

        {{ footfall.target_encoded(
            'rows_logged', ordered['keys'], footfall._prepared(one), ordered.moment, ordered.label, ordered.known_at,
            one.encode_count, 'is_ordered_row'
        ) }}

    ),
    {% endfor %}
    final as (

        select
            {%- for one in numbers %}
            {%- set x = 'rows_logged.' ~ footfall._prepared(one) %}
            {%- if one.scale in ['standard', 'robust'] %}
            ({{ x }} - learned.{{ one.feature }}__center) / learned.{{ one.feature }}__scale as {{ one.feature }}__{{ one.scale }},
            {%- elif one.scale == 'min_max' %}
            {{ footfall.clipped('((' ~ x ~ ' - learned.' ~ one.feature ~ '__center) / learned.' ~ one.feature ~ '__scale)', '0e0', '1e0') }}
            as {{ one.feature }}__min_max,
            {%- elif one.scale == 'quantile' %}
            {{ one.feature }}__ranks.value as {{ one.feature }}__quantile,
            {%- endif %}
            {%- if one.bins %}
            -- The outer edges part nothing: what lies beyond them belongs to the outer bins.
            case when {{ x }} is not null and learned.{{ one.feature }}__edge_0 is not null then
                {%- for edge in range(1, one.bin_count) %}
                case when {{ x }} >= learned.{{ one.feature }}__edge_{{ edge }}
                    and learned.{{ one.feature }}__edge_{{ edge + 1 }} is not null then 1 else 0 end{{ ' +' if not loop.last }}
                {%- endfor %}
            end as {{ one.feature }}__bin,
            {%- endif %}
            {%- endfor %}
            {%- for one in categories %}
            {%- set x = 'rows_logged.' ~ footfall._prepared(one) %}
            {%- if one.encode == 'one_hot' %}
            {%- for rank in range(1, one.top + 1) %}
            case when {{ x }} = learned.{{ one.feature }}__category_{{ rank }} then 1 else 0 end as {{ one.feature }}__top_{{ rank }},
            {%- endfor %}
            case
                when {{ x }} is null then 0
                {%- for rank in range(1, one.top + 1) %}
                when {{ x }} = learned.{{ one.feature }}__category_{{ rank }} then 0
                {%- endfor %}
                else 1
            end as {{ one.feature }}__other,
            case when {{ x }} is null then 1 else 0 end as {{ one.feature }}__null,
            {%- elif one.encode == 'ordinal' %}
            cast(case when {{ x }} is null then -2 else coalesce({{ one.feature }}__codes.value, -1) end as integer) as {{ one.feature }}__ordinal,
            {%- elif one.encode == 'frequency' %}
            coalesce({{ one.feature }}__codes.value, 0e0) as {{ one.feature }}__frequency,
            {%- elif one.encode == 'hash' %}
            -- Null has a bucket of its own, after all others.
            coalesce({{ footfall.hash_bucket(x, one.encode_count) }}, {{ one.encode_count }}) as {{ one.feature }}__hash,
            {%- elif one.encode == 'target' %}
            {%- set code = 'coalesce(' ~ one.feature ~ '__codes.value, learned.' ~ one.feature ~ '__prior)' %}
            {%- if ordered is not none %}
            case when rows_logged.is_ordered_row then {{ one.feature }}__ordered.value else {{ code }} end as {{ one.feature }}__target,
            {%- else %}
            {{ code }} as {{ one.feature }}__target,
            {%- endif %}
            {%- endif %}
            {%- endfor %}
            rows_logged.*
        from rows_logged
        cross join learned
        {%- for one in numbers %}
        {%- set x = 'rows_logged.' ~ footfall._prepared(one) %}
        {%- if one.scale == 'quantile' %}
        left join {{ one.feature }}__ranks on {{ x }} = {{ one.feature }}__ranks.given_value
        {%- endif %}
        {%- endfor %}
        {%- for one in categories %}
        {%- if one.encode in ['ordinal', 'frequency', 'target'] %}
        left join {{ one.feature }}__codes on rows_logged.{{ footfall._prepared(one) }} is not distinct from {{ one.feature }}__codes.text_value
        {%- endif %}
        {%- if one.encode == 'target' and ordered is not none %}
        left join {{ one.feature }}__ordered
            on {{ footfall._same('rows_logged', one.feature ~ '__ordered', ordered['keys']) }}
        {%- endif %}
        {%- endfor %}

    )

    select * from final
{%- endmacro %}

{#- One stored statistic of a feature, whose text is a category's; for the row of all of them. -#}
{% macro _stored(one, step, stat, group_key=none) -%}
    max(case when feature = '{{ one.feature }}' and step = '{{ step }}' and stat = '{{ stat }}'
        {%- if group_key is not none %} and group_key = '{{ group_key }}'{% endif %}
        then {{ 'text_value' if one.kind == 'category' and stat != 'prior' else 'value' }} end)
{%- endmacro %}

{#- The column of a feature before its logarithm, and the one that is scaled or encoded. -#}
{% macro _unlogged(one) -%}
    {{- one.feature }}__{{ 'imputed' if one.fill or one.last_days else 'capped' if one.clips else 'read' -}}
{%- endmacro %}

{% macro _prepared(one) -%}
    {{- (one.feature ~ '__log') if one.log else footfall._unlogged(one) -}}
{%- endmacro %}
