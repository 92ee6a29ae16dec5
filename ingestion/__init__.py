"""Extract and load: files, databases and APIs into landing, as sent. See cli.py for the commands."""
