import { type FaultProxy, startFaultProxy } from "./fault-proxy.ts";

/** What Amazon ECR says of a tag that exists. */
const immutable =
  '{"errors":[{"code":"TAG_INVALID","message":"The image tag already exists and cannot be overwritten because the tag is immutable."}]}';

/** Stands before a registry, and lets nobody change a tag that has been made through it. */
export async function startImmutableTags(host: string): Promise<FaultProxy> {
  const tags = new Set<string>();
  return startFaultProxy(host, ({ method, url }) => {
    if (method !== "PUT" || !url.includes("/manifests/")) return undefined;
    if (tags.has(url)) return { kind: "answer", status: 400, body: immutable };
    tags.add(url);
    return undefined;
  });
}
