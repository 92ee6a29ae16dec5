{#-
    The hash by which two accounts are seen to have one e-mail address or phone number.

    Shape      text expression, 32 hexadecimal digits
    Arguments  type: email or phone; contact: the address or number as typed
    Nulls      no address, nothing but blanks, or a number without a digit gives null
    Source     all but white space and case belongs to an address: a/b@example.com is not ab@example.com. Of a
               number only its digits count, and that it is written with a country's +
    Example    ' Ann@Example.com ' as ann@example.com · '+49 (30) 12-3' as +4930123
-#}
{% macro contact_hash(type, contact) -%}
    {#- What is left without the digits is what has to go. -#}
    {%- set digits = "nullif(translate(" ~ contact ~ ", translate(" ~ contact ~ ", '0123456789', ''), ''), '')" -%}
    md5(case
        when {{ type }} = 'phone'
            then case when instr({{ contact }}, '+') > 0 then '+' else '' end || {{ digits }}
        else {{ footfall.normal_text(contact) }}
    end)
{%- endmacro %}
