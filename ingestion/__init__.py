"""Extract and load: files, databases and APIs into landing, as sent. cli.py has the commands."""
