"""`python -m telegraphone` is `telegraphone`."""

from .cli import main

main()
