#!/usr/bin/env bash
# The test runner of Tekton's catalog sources this before it creates the Task, whose manifest is in $TMPF.

# A registry in the Task's own pod, at localhost:5000. It keeps its own user: the pod's cannot write to its storage.
add_sidecars "${TMPF:?}" \
  "{name: registry, image: '${REGISTRY_IMAGE:?}', securityContext: {runAsUser: 0, runAsNonRoot: false}}"
