import { type PipelineEngine, provideWorkspace } from "./engine.ts";

const resultDirectory = "/tekton/results";

/**
 * What each result is called in Tekton. Chains looks for these names
 * (https://tekton.dev/docs/chains/slsa-provenance/#type-hinting).
 */
const resultNames = {
  "image-digest": "IMAGE_DIGEST",
  "image-url": "IMAGE_URL",
  images: "IMAGES",
  "base-image": "BASE_IMAGE_ARTIFACT_INPUTS",
} as const;

/** Tekton Pipelines, API v1. Results that a Task does not declare are ignored there, so all are given. */
export const tekton: PipelineEngine = {
  name: "tekton",
  isAround: ({ exists }) => exists(resultDirectory) && exists("/tekton/steps"),
  provide: (surroundings) => ({
    ...provideWorkspace(surroundings),
    result: {
      texts: Object.entries(resultNames).map(
        ([result, name]) => `${result}=${resultDirectory}/${name}`,
      ),
      origin: "Tekton's results",
    },
  }),
  scratchDirectory: "/tekton/home",
  // The entrypoint makes it of the service account's secrets, also where HOME cannot be written to.
  credentialDirectory: "/tekton/creds/.docker",
};
