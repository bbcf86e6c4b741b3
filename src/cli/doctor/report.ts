import type { DirectoryFacts, PodFacts } from "../../isolation/facts/pod-facts.ts";
import type { IsolationName } from "../../isolation/isolation.ts";
import type { VisibleCredentials } from "../../registry/credentials/visible-credentials.ts";
import type { RungReport } from "../rungs/examine.ts";
import type { PipelineReport } from "./pipeline-report.ts";

/** What `slipway doctor --format json` prints. Fields may be added, and are not renamed or removed. */
export interface DoctorReport {
  readonly version: string;
  /** The rung that a RUN would be run on; null where none works, and the exit code is 1. */
  readonly rung: IsolationName | null;
  /** The rungs that were tried, strongest first; none where there is no work directory. */
  readonly rungs: readonly (RungReport & {
    /** Lines of YAML that would permit it, to be merged into the container's specification. */
    readonly podSpec: readonly string[];
  })[];
  /** Where temporary files go. */
  readonly workDirectory: DirectoryFacts | Problem;
  readonly pod: PodFacts;
  readonly pipeline: PipelineReport;
  readonly credentials: readonly VisibleCredentials[] | Problem;
}

/** Something that a build would fail of too. */
export interface Problem {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}
