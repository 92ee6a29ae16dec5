"""`make bench`: every measurement, each with its bars."""

from bench import build, features, incremental, ingest

ingest.main()
build.main()
incremental.main()
features.main()
