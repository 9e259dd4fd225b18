"""`python -m deploy.local`: see cli.py."""

import sys

from deploy.local.cli import main

sys.exit(main())
