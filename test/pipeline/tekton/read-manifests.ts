import { isCollection, parseAllDocuments, type ScalarTag, type Tags, visit } from "yaml";
import type { Manifest } from "./manifests.ts";

/** By YAML 1.1 a lone dot is a number, but not to a cluster; many a build's context is `.`. */
const float: ScalarTag = {
  tag: "tag:yaml.org,2002:float",
  default: true,
  test: /^[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*)$/,
  resolve: Number,
};

/**
 * Reads all documents of a YAML text as a cluster does, by YAML 1.1: a bare `no` or `y` is a boolean,
 * as a key too.
 * @throws YAMLParseError for what is not YAML, and Error for a map or list as a key: so are template
 * braces without quotes read
 */
export function readManifests(text: string): Manifest[] {
  const documents = parseAllDocuments(text, {
    version: "1.1",
    customTags: (tags) => [...tags.filter((tag) => !isOnlyInYaml(tag)), float],
  });
  if ("empty" in documents) return [];
  return documents.flatMap((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw error;
    visit(document, {
      Pair(_, { key }) {
        if (isCollection(key)) throw new Error(`invalid map key: ${String(key)}`);
      },
    });
    const manifest = document.toJS() as Manifest | null;
    return manifest === null ? [] : [manifest];
  });
}

/** Times and numbers to the base of 60 are texts to a cluster. */
function isOnlyInYaml(tag: Tags[number]): boolean {
  if (typeof tag === "string" || !("test" in tag)) return false;
  return tag.tag.endsWith(":timestamp") || tag.format === "TIME" || (tag.test?.test(".") ?? false);
}
