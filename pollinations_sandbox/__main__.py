"""`python -m pollinations_sandbox` is the command `pollinations-sandbox`."""

import sys

from pollinations_sandbox.cli import main

if __name__ == "__main__":
    sys.exit(main())
