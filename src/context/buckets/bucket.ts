import type { Environment } from "../../support/clouds/environment.ts";

/** What a bucket is opened with. */
export interface BucketAccess {
  /** That of the process, since the SDKs look there too. */
  readonly environment: Environment;
  readonly signal: AbortSignal;
}

/** A part of an object, as it comes. */
export interface ObjectPart {
  readonly body: AsyncIterable<Uint8Array>;
  /** Its length in bytes, where the server says it. */
  readonly size: number | undefined;
  /** What tells that it is still the same object. */
  readonly version: string | undefined;
}

/** From where an object is read, and who waits for it. */
export interface ObjectRange {
  /** Bytes that are there already. */
  readonly offset: number;
  /** What they are of: the rest of another version is refused. */
  readonly version: string | undefined;
  /** Ends the request, and with it the body. */
  readonly signal: AbortSignal;
}

/** An object below a prefix. */
export interface ListedObject {
  readonly key: string;
  /** Its length in bytes. */
  readonly size: number;
  readonly time: Date | undefined;
}

/** Why something cannot be had from a bucket. */
export interface BucketFault {
  readonly kind:
    | "no-bucket"
    | "no-object"
    /** Whoever asks may not, or is not who it says. */
    | "denied"
    /** There is nobody to ask as: no identity, or one that cannot be had. */
    | "no-identity"
    | "changed"
    | "no-host"
    | "untrusted"
    | "unreachable"
    | "refused";
  /** What the server, or the SDK, said; without secrets. */
  readonly reason: string;
  /** Whether another attempt may help. */
  readonly retryable?: boolean;
}

/** A bucket of some cloud, by the SDK of that cloud, which tries nothing again by itself. */
export interface Bucket {
  /** Who asks, for people; without secrets. */
  readonly identity: string;
  /** Opens an object; what it throws `faultOf` explains. */
  open(key: string, range: ObjectRange): Promise<ObjectPart>;
  /** All objects below a prefix, in pages. */
  list(prefix: string, signal: AbortSignal): AsyncIterable<readonly ListedObject[]>;
  faultOf(error: unknown): BucketFault;
}
