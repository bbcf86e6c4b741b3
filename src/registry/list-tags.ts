import { RegistryError } from "../errors/registry-error.ts";
import { formatRepository, type Repository } from "../image/reference.ts";
import { readBounded } from "../support/read-bounded.ts";
import type { RegistryApi } from "./api.ts";
import { connectionFailure } from "./connection-failure.ts";
import type { HttpResponse } from "./http.ts";
import type { RequestOptions } from "./registry-client.ts";

const pageSize = 1000;
/** A thousand tags of the greatest length have fewer bytes. */
const pageLimitBytes = 1024 * 1024;
const mostPages = 10_000;

interface ListTarget {
  readonly api: RegistryApi;
  readonly repository: Repository;
}

/** Lists all tags of a repository, page by page (OCI distribution specification, "Listing Tags"). */
export async function listTags(target: ListTarget, options: RequestOptions): Promise<string[]> {
  const tags = new Set<string>();
  let next: string | URL | undefined = `tags/list?n=${pageSize}`;
  for (let page = 0; next !== undefined && page < mostPages; page += 1) {
    const known = tags.size;
    const { tags: more, following } = await readPage(target, next, options);
    for (const tag of more) tags.add(tag);
    // A registry that gives the same page again would do so forever.
    next = tags.size === known ? undefined : following;
  }
  return [...tags];
}

interface Page {
  readonly tags: readonly string[];
  readonly following: URL | undefined;
}

function readPage(
  { api, repository }: ListTarget,
  target: string | URL,
  { signal }: RequestOptions,
): Promise<Page> {
  const doing = `list the tags of ${formatRepository(repository)}`;
  return api.retrying({ doing, access: "pull", signal }, async () => {
    const response = await api.send({
      repository,
      access: "pull",
      method: "GET",
      target,
      expect: [200],
      purpose: { doing },
      signal,
    });
    return { tags: await readNames(response, doing), following: nextPage(response) };
  });
}

async function readNames(response: HttpResponse, doing: string): Promise<readonly string[]> {
  const { host } = response.url;
  const read = await readBounded(response.body, pageLimitBytes).catch((error: unknown) => {
    throw connectionFailure(error, host);
  });
  const names = read.kind === "complete" ? namesIn(read.bytes.toString("utf8")) : undefined;
  if (names !== undefined) return names;
  throw new RegistryError(
    "REGISTRY_PROTOCOL",
    `cannot ${doing}: ${host} answered what is no list of tags`,
    {
      host,
    },
  );
}

/** A repository without tags has null in some registries. */
function namesIn(text: string): readonly string[] | undefined {
  try {
    const { tags } = JSON.parse(text) as { readonly tags?: unknown };
    const names: unknown = tags ?? [];
    if (!Array.isArray(names)) return undefined;
    return names.every((name) => typeof name === "string") ? names : undefined;
  } catch {
    return undefined;
  }
}

/** The address of the next page (RFC 8288), which may be relative. */
function nextPage(response: HttpResponse): URL | undefined {
  const { url } = response;
  const [, address] = /<([^>]*)>\s*;[^,]*\brel="?next\b/i.exec(response.header("link") ?? "") ?? [];
  if (address === undefined || !URL.canParse(address, url.href)) return undefined;
  return new URL(address, url);
}
