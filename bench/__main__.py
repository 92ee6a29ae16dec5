"""`make bench`: every measurement, each with its bars."""

from bench import build, incremental, ingest

ingest.main()
build.main()
incremental.main()
