#!/usr/bin/env bash
# The test runner of Tekton's catalog sources this before it creates the Task, whose manifest is in $TMPF.

# A registry with TLS for all pods, at registry:5000: what one Task pushes, another one joins. The runner starts
# internal-registry/internal-registry.yaml, and puts the certificate into the ConfigMap sslcert.
add_sidecar_secure_registry

add_task slipway 0.1
