"""`python -m app.cli`: how the command line starts processes of its own."""

from app.cli import main

main()
