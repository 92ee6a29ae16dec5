"""`make bench`: every measurement, each with its bars."""

from bench import build, ingest

ingest.main()
build.main()
