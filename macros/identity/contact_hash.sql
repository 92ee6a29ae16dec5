{#-
    The hash by which two accounts are seen to have one e-mail address or phone number.

    Shape      text expression, 32 hexadecimal digits
    Nulls      no address, or nothing but blanks, gives null
    Example    ' Ann@Example.com ' as ann@example.com · '+49 (30) 12-3' as +4930123
-#}
{% macro contact_hash(contact) -%}
    md5(nullif(translate(lower({{ contact }}), ' ()/', ''), ''))
{%- endmacro %}
