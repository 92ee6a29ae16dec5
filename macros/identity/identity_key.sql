{#-
    The key of an identifier; the smallest key among those of a person is what the person's id is made of.

    Shape      text expression, `rank|type|hash`: accounts go before contacts, contacts before devices
    Arguments  type: customer, email, phone or visitor; identifier: of a contact its hash
    Nulls      a null identifier gives null
    Example    identity_key('customer', "'C1'") -> 1|customer| and the md5 of C1
-#}
{% macro identity_key(type, identifier) -%}
    {%- set ranks = {'customer': 1, 'email': 2, 'phone': 3, 'visitor': 9} -%}
    {%- if type not in ranks -%}
        {{ exceptions.raise_compiler_error("identity_key: type must be one of " ~ ranks.keys() | join(', ') ~ ", got " ~ type) }}
    {%- endif -%}
    '{{ ranks[type] }}|{{ type }}|' || md5({{ identifier }})
{%- endmacro %}
