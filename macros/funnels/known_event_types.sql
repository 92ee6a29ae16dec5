{#-
    The names an event can have, to check settings against while compiling.

    Shape      list of strings; not SQL
    Source     the seed event_types, which cannot be read then; a test holds the two together
-#}
{% macro known_event_types() -%}
    {{ return([
        'session_start', 'first_visit', 'user_engagement', 'scroll', 'page_view', 'screen_view', 'login', 'sign_up',
        'logout', 'search', 'view_search_results', 'view_promotion', 'select_promotion', 'view_item_list',
        'select_item', 'view_item', 'add_to_wishlist', 'add_to_cart', 'remove_from_cart', 'view_cart',
        'begin_checkout', 'add_shipping_info', 'add_payment_info', 'purchase', 'refund', 'custom',
    ]) }}
{%- endmacro %}
