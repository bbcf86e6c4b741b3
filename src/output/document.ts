import { digestOf } from "../image/digest.ts";
import type { Document } from "./output.ts";

/** `value` as JSON, indented by `indent` blanks, and the descriptor of these bytes. */
export function toDocument(value: object, mediaType: string, indent?: number): Document {
  const bytes = Buffer.from(JSON.stringify(value, undefined, indent), "utf8");
  return { bytes, descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length } };
}
