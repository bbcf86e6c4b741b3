import type { Readable } from "node:stream";
import type { Access } from "./host.ts";

/** Bytes that are sent, of a size known before. */
export interface HttpBody {
  readonly sizeBytes: number;
  /** Opens the bytes from the start. */
  open(): Promise<Readable>;
}

export interface HttpRequest {
  readonly method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly url: URL;
  readonly access: Access;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: HttpBody | undefined;
  /** How long the answer may take to begin. Default: the idle timeout. */
  readonly answerTimeoutMs?: number | undefined;
  /** Whether the answer may take as long as it keeps coming; else all of it has to come within the idle timeout. */
  readonly isStream?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** An answer. Its body is read to the end, destroyed or discarded. */
export interface HttpResponse {
  readonly status: number;
  /** Where the answer came from in the end. */
  readonly url: URL;
  /** Fails as the connection does. */
  readonly body: Readable;
  /** Whether the protocol says where the body ends; else one that is cut may look whole. */
  readonly isDelimited: boolean;
  /** Reads the rest of a small body, so that the connection can be used again, and drops a large one. */
  discard(): Promise<void>;
  /** The value of a header, by lower-case name; the first, where there are several. */
  header(name: string): string | undefined;
  /** All values of a header. */
  headers(name: string): readonly string[];
}
