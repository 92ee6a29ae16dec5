"""`make bench`: every measurement, each with its bars; the missed ones are named at the end."""

from bench import build, features, incremental, ingest

missed = []
for measurement in (ingest, build, incremental, features):
    try:
        measurement.main()
    except SystemExit as told:
        missed.append(str(told))
if missed:
    raise SystemExit("\n".join(missed))
