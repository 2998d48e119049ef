"""What a child process keeps away from: the handles of its parent.

A child that os.fork() made has copies of its parent's clients. Using one raises ForkedError; dropping one frees nothing
and sends nothing, since sockets and journals belong to the parent.
"""

from __future__ import annotations

import os

from . import _native

__all__: list[str] = []

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_native.forked)
