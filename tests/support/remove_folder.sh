#!/bin/sh
# Removes a test's folder under /tmp, and only such a one.
case "$1" in
  /tmp/mediabeat-*) exec rm -rf -- "$1" ;;
  *) exit 1 ;;
esac
