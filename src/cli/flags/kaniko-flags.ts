/** A flag of kaniko that is no flag of slipway. */
export interface KanikoFlag {
  readonly kind: "switch" | "text";
  /** Why it is ignored, or what is missing; completes "--name: ...". */
  readonly note: string;
}

const always = "slipway always does this";
const noScan = "changes are found without such a choice";
const ownRoot = "the image's files are never mixed with those of the builder";

/** Flags of kaniko that have no meaning here: accepted, with one notice each. */
export const ignoredKanikoFlags: Readonly<Record<string, KanikoFlag>> = {
  "snapshot-mode": { kind: "text", note: noScan },
  snapshotMode: { kind: "text", note: noScan },
  "use-new-run": { kind: "switch", note: noScan },
  cleanup: { kind: "switch", note: `${always}, in its work directory only` },
  "pre-cleanup": { kind: "switch", note: ownRoot },
  "preserve-context": { kind: "switch", note: ownRoot },
  "ignore-var-run": { kind: "switch", note: ownRoot },
  "whitelist-var-run": { kind: "switch", note: ownRoot },
  "kaniko-dir": { kind: "text", note: "use --work-dir" },
  materialize: { kind: "switch", note: "files are put on disk only for RUN" },
  "image-fs-extract-retry": { kind: "text", note: "base images are not extracted as a whole" },
  "compressed-caching": { kind: "switch", note: "layers are compressed once, on disk" },
  "force-build-metadata": { kind: "switch", note: always },
  "skip-unused-stages": { kind: "switch", note: always },
};

/** Flags of kaniko that ask for something slipway lacks so far: refused, unless they say `false`. */
export const unsupportedKanikoFlags: Readonly<Record<string, KanikoFlag>> = {
  "single-snapshot": { kind: "switch", note: "layers cannot be joined yet" },
  "ignore-path": { kind: "text", note: "paths cannot be left out of layers yet" },
  dryrun: { kind: "switch", note: "slipway plan shows what a build would do" },
};
