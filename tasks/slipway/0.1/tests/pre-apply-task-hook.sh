#!/usr/bin/env bash
# The test runner of Tekton's catalog sources this before it creates the Task, whose manifest is in $TMPF.

# A registry in the Task's own pod, at localhost:5000.
add_sidecar_registry "${TMPF:?}"
