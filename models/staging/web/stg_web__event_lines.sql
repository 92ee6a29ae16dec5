-- Grain: one row per landed line (_file_id, _row_number), read and judged by itself.
-- Reads the three versions of the event format: 3 (web_event.schema.json), 2 (flat) and 1 (decimal
-- commas).
{{ keyed_by(
    '_file_id',
    inputs=[
        {
            'model': 'stg_landing__files',
            'key': 'file_id',
            'where': "source = 'web' and entity = 'events' and status = 'landed'",
        },
        {'source': ['web', 'events'], 'fingerprint': fingerprint(['_row_number'])},
    ],
    constants=['currencies', 'event_type_map']
) }}

with landed as (

    select * from {{ source('web', 'events') }}

),

files as (

    select
        files.file_id,
        files.load_mode,
        files.is_superseded,
        files.loaded_at,
        changed.input_fingerprint
    from {{ ref('stg_landing__files') }} as files
    inner join {{ changed_keys() }} as changed on files.file_id = changed._file_id
    where files.source = 'web' and files.entity = 'events' and files.status = 'landed'

),

event_type_map as (

    select * from {{ ref('event_type_map') }}
    where source = 'web'

),

currencies as (

    select * from {{ ref('currencies') }}

),

documents as (

    select
        landed._file_id,
        landed._row_number,
        landed._dlt_load_id,
        landed._source_file,
        files.load_mode,
        files.is_superseded,
        files.loaded_at,
        files.input_fingerprint,
        {{ to_json('landed.payload') }} as document
    from landed
    inner join files on landed._file_id = files.file_id

),

fields as (

    select
        _file_id,
        _row_number,
        _dlt_load_id,
        _source_file,
        load_mode,
        is_superseded,
        loaded_at,
        input_fingerprint,
        {{ is_json_object('document') }} as is_object,
        {{ json_columns('document', {
            'v1': 'v',
            'v2_or_3': 'schema_version',
            'event_id_3': 'event_id',
            'event_id_1': 'id',
            'event_name_3': 'event_name',
            'event_name_1': 'type',
            'client_id_3': 'client_id',
            'client_id_1': 'visitor',
            'user_id_3': 'user_id',
            'user_id_1': 'customer',
            'platform': 'platform',
            'created_3': 'time.created',
            'created_2': 'event_timestamp',
            'created_1': 'ts',
            'sent_3': 'time.sent',
            'sent_2': 'sent_at',
            'received_3': 'time.received',
            'received_2': 'received_at',
            'received_1': 'received',
            'seq': 'seq',
            'url_3': 'page.url',
            'url_2': 'page_location',
            'url_1': 'url',
            'referrer_3': 'page.referrer',
            'referrer_2': 'page_referrer',
            'referrer_1': 'ref',
            'title': 'page.title',
            'user_agent_3': 'user_agent',
            'user_agent_1': 'ua',
            'source_3': 'traffic.source',
            'source_2': 'utm_source',
            'medium_3': 'traffic.medium',
            'medium_2': 'utm_medium',
            'campaign_3': 'traffic.campaign',
            'campaign_2': 'utm_campaign',
            'term_3': 'traffic.term',
            'term_2': 'utm_term',
            'content_3': 'traffic.content',
            'content_2': 'utm_content',
            'order_id_3': 'transaction_id',
            'order_id_1': 'order',
            'currency_3': 'currency',
            'currency_1': 'cur',
            'value_3': 'value',
            'value_1': 'total',
            'search_term_3': 'search_term',
            'search_term_1': 'q',
            'items': 'items',
            'item_id_3': 'items[0].item_id',
            'quantity_3': 'items[0].quantity',
            'price_3': 'items[0].price',
            'second_item': 'items[1]',
            'item_id_2': 'item_id',
            'quantity_2': 'quantity',
            'price_1_or_2': 'price',
            'item_id_1': 'product',
            'quantity_1': 'qty',
        }) }}
    from documents

),

-- One name for a field in all versions, still as text.
merged as (

    select
        _file_id,
        _row_number,
        _dlt_load_id,
        _source_file,
        load_mode,
        is_superseded,
        loaded_at,
        input_fingerprint,
        coalesce(is_object, false) as is_object,
        coalesce(v1, '') = '1' as has_decimal_comma,
        {{ id_text('coalesce(event_id_3, event_id_1)') }} as event_id,
        {{ not_blank('coalesce(event_name_3, event_name_1)') }} as raw_event_type,
        {{ id_text('coalesce(client_id_3, client_id_1)') }} as visitor_id,
        {{ id_text('coalesce(user_id_3, user_id_1)') }} as customer_id,
        {{ id_text('coalesce(order_id_3, order_id_1)') }} as order_id,
        {{ id_text('coalesce(item_id_3, item_id_2, item_id_1)') }} as first_product_id,
        second_item is not null as has_more_items,
        items,
        platform,
        coalesce(url_3, url_2, url_1) as page_url,
        coalesce(referrer_3, referrer_2, referrer_1) as page_referrer,
        title as page_title,
        coalesce(user_agent_3, user_agent_1) as user_agent,
        coalesce(source_3, source_2) as utm_source,
        coalesce(medium_3, medium_2) as utm_medium,
        coalesce(campaign_3, campaign_2) as utm_campaign,
        coalesce(term_3, term_2) as utm_term,
        coalesce(content_3, content_2) as utm_content,
        {{ not_blank('coalesce(search_term_3, search_term_1)') }} as search_term,
        {{ not_blank('coalesce(currency_3, currency_1)') }} as currency,
        {{ not_blank('coalesce(quantity_3, quantity_2, quantity_1)') }} as quantity_text,
        {{ not_blank('coalesce(price_3, price_1_or_2)') }} as unit_price_text,
        {{ not_blank('coalesce(value_3, value_1)') }} as value_text,
        {{ checked_integer('seq') }} as source_seq,
        {{ to_utc('coalesce(created_3, created_2, created_1)') }} as created_at,
        {{ to_utc('coalesce(sent_3, sent_2)') }} as sent_at,
        {{ to_utc('coalesce(received_3, received_2, received_1)') }} as received_at
    from fields

),

timed as (

    select
        merged.*,
        -- The first item is judged with the event itself, the others here.
        {%- set quantity, price = json_text('item', 'quantity'), json_text('item', 'price') %}
        {%- for name, fault in {
            'lacks_product': id_text(json_text('item', 'item_id')) ~ ' is null',
            'has_bad_quantity': not_blank(quantity) ~ ' is not null and '
                ~ checked_integer(quantity) ~ ' is null',
            'has_odd_quantity': checked_integer(quantity) ~ ' not between 1 and 1000000000',
            'has_bad_price': not_blank(price) ~ ' is not null and '
                ~ checked_decimal(price) ~ ' is null',
            'has_low_price': checked_decimal(price) ~ ' < 0',
            'has_high_total': 'coalesce(' ~ checked_integer(quantity) ~ ', 1) * cast('
                ~ checked_decimal(price) ~ ' as double) >= 1e13',
        }.items() %}
            merged.has_more_items
            and case
                when merged.has_more_items then {{ any_json_item('merged.items', fault) }}
            end as {{ name }},
        {%- endfor %}
        event_type_map.event_type,
        event_type_map.required_fields,
        currencies.currency is not null as is_known_currency,
        -- A missing quantity is one piece.
        coalesce(
            {{ checked_integer('merged.quantity_text') }},
            case
                when merged.quantity_text is null and merged.first_product_id is not null then 1
            end
        ) as quantity,
        case
            when merged.has_decimal_comma
                then {{ checked_decimal('merged.unit_price_text', comma=true) }}
            else {{ checked_decimal('merged.unit_price_text') }}
        end as unit_price,
        case
            when merged.has_decimal_comma
                then {{ checked_decimal('merged.value_text', comma=true) }}
            else {{ checked_decimal('merged.value_text') }}
        end as event_value,
        -- The device's clock error is in both of its own times and cancels out.
        case
            when merged.created_at is null then merged.received_at
            when merged.sent_at is null or merged.received_at is null then merged.created_at
            when merged.sent_at < merged.created_at then merged.received_at
            else merged.received_at - (merged.sent_at - merged.created_at)
        end as estimated_at,
        case
            when merged.created_at is null then 'received'
            when merged.sent_at is null or merged.received_at is null then 'created'
            when merged.sent_at < merged.created_at then 'received'
            else 'skew_corrected'
        end as time_basis
    from merged
    left join event_type_map on lower(merged.raw_event_type) = event_type_map.raw_type
    left join currencies on merged.currency = currencies.currency

),

judged as (

    select
        *,
        -- A little ahead of its receipt is a fast clock: it happened on receipt at the latest.
        least(estimated_at, coalesce(received_at, loaded_at)) as event_at,
        {{ reject_reasons({
            'malformed_json': 'not is_object',
            'missing_field:event_id': 'is_object and event_id is null',
            'missing_field:event_name': 'is_object and raw_event_type is null',
            'unknown_event_type': 'raw_event_type is not null and event_type is null',
            'missing_actor': 'is_object and visitor_id is null and customer_id is null',
            'missing_time': 'is_object and estimated_at is null',
            'future_timestamp': "estimated_at > coalesce(received_at, loaded_at) + interval '"
                ~ whole_var('clock_ahead_minutes', least=0) ~ " minutes'",
            'ancient_timestamp': "estimated_at < timestamp '" ~ var('earliest_event_at') ~ "'",
            'missing_field:customer_id': "required_fields = 'customer_id' and customer_id is null",
            'missing_field:search_term': "required_fields = 'search_term' and search_term is null",
            'missing_field:product_id': "required_fields = 'product_id'"
                ~ " and (first_product_id is null or lacks_product)",
            'missing_field:order_id': "required_fields = 'order_id' and order_id is null",
            'bad_type:quantity': 'quantity_text is not null and quantity is null or has_bad_quantity',
            'out_of_range:quantity': 'quantity not between 1 and 1000000000 or has_odd_quantity',
            'bad_type:unit_price': 'unit_price_text is not null and unit_price is null or has_bad_price',
            'out_of_range:unit_price': 'unit_price < 0 or has_low_price',
            'out_of_range:line_total': 'quantity * cast(unit_price as double) >= 1e13'
                ~ ' or has_high_total',
            'bad_type:value': 'value_text is not null and event_value is null',
            'out_of_range:value': 'event_value < 0',
            'bad_enum:currency': 'currency is not null and not is_known_currency',
        }) }} as reject_reasons
    from timed

),

hashed as (

    select
        *,
        {{ available_at('received_at', 'event_at') }} as row_available_at,
        -- What the event says, without the times of its transport: two deliveries of one event are
        -- the same.
        md5(concat_ws(
            '|',
            {%- for column in [
                'raw_event_type', 'visitor_id', 'customer_id', 'order_id', 'first_product_id', 'items',
                'platform', 'page_url', 'page_referrer', 'page_title', 'user_agent', 'utm_source',
                'utm_medium', 'utm_campaign', 'utm_term', 'utm_content', 'search_term', 'currency',
                'quantity_text', 'unit_price_text', 'value_text',
            ] %}
                coalesce({{ column }}, '~'),
            {%- endfor %}
            coalesce(cast(created_at as {{ sql_type('varchar') }}), '~')
        )) as payload_hash
    from judged

),

final as (

    select
        -- ids
        event_id,
        visitor_id,
        customer_id,
        coalesce(visitor_id, 'customer ' || customer_id) as actor_id,
        order_id,
        case when not has_more_items then first_product_id end as product_id,
        _file_id,
        _row_number,
        _dlt_load_id,

        -- attributes
        event_type,
        raw_event_type,
        coalesce(platform, 'web') as platform,
        page_url,
        page_referrer,
        page_title,
        user_agent,
        utm_source,
        utm_medium,
        utm_campaign,
        utm_term,
        utm_content,
        search_term,
        currency,
        case when has_more_items then items end as items,
        time_basis,
        case
            when load_mode = 'live' then 'observed'
            when received_at is not null then 'received'
            else 'observed'
        end as availability_basis,
        is_superseded,
        reject_reasons,
        payload_hash,
        _source_file,

        -- measures
        source_seq,
        case when not has_more_items then quantity end as quantity,
        case when not has_more_items then unit_price end as unit_price,
        event_value,

        -- times
        event_at,
        received_at,
        loaded_at,
        row_available_at as available_at,
        input_fingerprint
    from hashed

)

select
    *,
    {{ fingerprint(['final.*']) }} as row_fingerprint
from final
