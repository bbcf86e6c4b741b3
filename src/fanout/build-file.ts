import type { SourceLocation } from "../errors/source-location.ts";
import type { ImageReference } from "../image/reference.ts";

/** Another image of the file that is named, and where. */
export interface ImageName {
  readonly name: string;
  readonly location: SourceLocation;
}

/** What stands for a name in a Dockerfile: another image of the file, or what `--build-context` takes. */
export type ContextValue =
  | { readonly kind: "image"; readonly image: ImageName }
  | { readonly kind: "other"; readonly value: string };

/** An image that a build file describes, defaults and variables filled in. */
export interface ImageDefinition {
  readonly name: string;
  readonly location: SourceLocation;
  /** The build context's directory, absolute. */
  readonly context: string;
  /** Absolute. */
  readonly dockerfile: string;
  readonly target: string | undefined;
  /** At least one, each with a tag. */
  readonly destinations: readonly ImageReference[];
  readonly args: ReadonlyMap<string, string>;
  readonly labels: ReadonlyMap<string, string>;
  /** Each as `os/architecture[/variant]`; none means that of the machine that builds. */
  readonly platforms: readonly string[];
  readonly contexts: ReadonlyMap<string, ContextValue>;
  /** Images that have to be there before, other than those of `contexts`. */
  readonly dependsOn: readonly ImageName[];
}

/** The images of a build file by name, in its order. They depend on each other without circles. */
export type BuildFile = ReadonlyMap<string, ImageDefinition>;

/** The images that an image needs, in the order of the file. */
export function dependenciesOf({ contexts, dependsOn }: ImageDefinition): readonly ImageName[] {
  const named = [...contexts.values()].flatMap((value) =>
    value.kind === "image" ? [value.image] : [],
  );
  return [...named, ...dependsOn];
}
