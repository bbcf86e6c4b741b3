/** Files of the context, a stage or an image, shown to the command; what it writes is discarded. */
export interface BindMount {
  readonly type: "bind";
  /** As written; relative to the working directory. Empty where not given. */
  readonly target: string;
  /** Path in what it is mounted from. */
  readonly source: string | undefined;
  /** Stage, image or named context; the build context where undefined. */
  readonly from: string | undefined;
  readonly readOnly: boolean;
}

/** A directory that outlives the build. */
export interface CacheMount {
  readonly type: "cache";
  readonly target: string;
  /** What identifies the cache; its target where undefined. */
  readonly id: string | undefined;
  readonly sharing: "shared" | "private" | "locked";
  /** Where a new cache's content comes from. */
  readonly from: string | undefined;
  readonly source: string | undefined;
  readonly readOnly: boolean;
  readonly mode: number | undefined;
  readonly uid: number | undefined;
  readonly gid: number | undefined;
}

/** An empty directory in memory. */
export interface TmpfsMount {
  readonly type: "tmpfs";
  readonly target: string;
  /** Its greatest size in bytes; 0 where there is no limit. */
  readonly sizeBytes: number;
  readonly readOnly: boolean;
}

/** A secret, as a file, as a variable, or both. */
export interface SecretMount {
  readonly type: "secret";
  readonly target: string;
  /** Undefined where the target's base name identifies the secret. */
  readonly id: string | undefined;
  /** The variable that holds the secret. */
  readonly env: string | undefined;
  readonly required: boolean;
  readonly mode: number | undefined;
  readonly uid: number | undefined;
  readonly gid: number | undefined;
}

/** A socket of the user's ssh agent. */
export interface SshMount {
  readonly type: "ssh";
  readonly target: string;
  /** Undefined for the default agent. */
  readonly id: string | undefined;
  readonly required: boolean;
  readonly mode: number | undefined;
  readonly uid: number | undefined;
  readonly gid: number | undefined;
}

/** One `--mount` of a RUN. Modes are octal permission bits, ids numeric. */
export type Mount = BindMount | CacheMount | TmpfsMount | SecretMount | SshMount;
