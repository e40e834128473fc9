"""How long tests wait for what must happen."""
import os
import time

# How many times longer than with a release build on a quiet machine everything may take.
PATIENCE = float(os.environ.get("PELORUS_PATIENCE", "1"))


def deadline(seconds):
    """The moment by time.monotonic() after which to give up."""
    return time.monotonic() + seconds * PATIENCE
