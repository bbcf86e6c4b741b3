import type { BuildFile } from "../../src/fanout/build-file.ts";
import type { Variables } from "../../src/fanout/interpolate.ts";
import { parseBuildFile } from "../../src/fanout/read-build-file.ts";

/** Reads a build file that would be `/src/slipway.yaml`. */
export function readBuildFile(text: string, variables: Variables = {}): BuildFile {
  return parseBuildFile(text, { file: "slipway.yaml", directory: "/src", variables });
}
