{#-
    Whether SQL may say something else tomorrow of the same tables: it asks for the time or for chance, or reads a file or
    the catalog.

    Returns    true or false; not SQL. What merely looks so counts too: too often made anew is safe
    Arguments  code: compiled SQL
    Example    'select now()' -> true · "select * from 'rates.csv'" -> true
-#}
{% macro is_volatile(code) -%}
    {%- set pattern -%}
        \b(now|today|age|current_\w+|get_current_\w+|local(time|timestamp)|transaction_timestamp|random|setseed|uuid\w*|gen_random_uuid
        |nextval|currval|getenv|getvariable|version|glob|query|query_table|(read|sniff|parquet|sqlite|postgres|mysql|delta|iceberg)_\w+
        |duckdb_\w+|pragma_\w+)\s*\(|\bcurrent_(date|time|timestamp|schema|user|database)\b|\blocaltime(stamp)?\b|\binformation_schema\b
        |\b(from|join)\s+('|"[^"]*[./])
    {%- endset -%}
    {{ return(modules.re.search(modules.re.sub('\s*\n\s*', '', pattern | string), code, modules.re.IGNORECASE) is not none) }}
{%- endmacro %}
