import { Readable } from "node:stream";
import type { HttpRequest } from "./http.ts";

/** The parts of a request that posts a form. */
export function postForm(
  url: URL,
  fields: Readonly<Record<string, string>>,
): Pick<HttpRequest, "method" | "url" | "headers" | "body"> {
  const bytes = Buffer.from(new URLSearchParams(fields).toString());
  return {
    method: "POST",
    url,
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: { sizeBytes: bytes.length, open: () => Promise.resolve(Readable.from([bytes])) },
  };
}
