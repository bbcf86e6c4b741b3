import { resolve } from "node:path";
import { UsageError } from "../errors/usage-error.ts";
import type { ImageFormat } from "../image/image-format.ts";
import { type LayoutReference, parseLayoutReference } from "../image/layout-reference.ts";
import { parsePlatform } from "../image/parse-platform.ts";
import type { Platform } from "../image/platform.ts";
import type { ImageReference } from "../image/reference.ts";
import type { CredentialsPlaces } from "../registry/credentials/credentials-places.ts";
import type { RegistryOptions } from "../registry/registry-options.ts";
import type { BuildRun, LogOptions } from "./build-options.ts";
import { type DeliveryOptions, readDelivery } from "./delivery.ts";
import { parseImageReference } from "./flag-texts.ts";
import type { FlagTable } from "./flags/flag.ts";
import type { copyFlags, inspectFlags, pushFlags } from "./flags/image-flags.ts";
import type { Host } from "./host.ts";
import { readCredentials, readLog, readRegistry } from "./options.ts";
import type { Settled } from "./settle-in-pipeline.ts";
import type { WorkPlaces } from "./work-directory.ts";

/** Where an image is. */
export type ImagePlace =
  | { readonly kind: "registry"; readonly reference: ImageReference }
  | {
      readonly kind: "local";
      readonly image: LayoutReference;
      readonly format?: ImageFormat | undefined;
    };

/** An image, and the platform that is meant of an index: all of it where undefined. */
interface ChosenImage {
  readonly place: ImagePlace;
  readonly platform: Platform | undefined;
  /** Where what it has to be uncompressed to may be. */
  readonly workPlaces: WorkPlaces;
}

/** Everything that `slipway copy` and `slipway push` are asked for. */
export type CopyOptions = ChosenImage & DeliveryOptions;

/** Everything that `slipway inspect` is asked for. */
export interface InspectOptions extends ChosenImage {
  readonly format: "json" | "text";
  readonly registry: RegistryOptions;
  readonly credentials: CredentialsPlaces;
  readonly log: LogOptions;
}

/** What the handlers of these commands call. Gives the exit code. */
export type RunCopy = (options: CopyOptions, run: BuildRun) => Promise<number>;
export type RunInspect = (options: InspectOptions, run: BuildRun) => Promise<number>;

type Given<Table extends FlagTable> = Pick<Settled<Table>, "engine" | "values">;

/**
 * Turns the settled flags of `slipway copy` into what it is asked for.
 *
 * @throws USAGE_INVALID_VALUE, USAGE_CONFLICT
 */
export function readCopyOptions(settled: Given<typeof copyFlags>, host: Host): CopyOptions {
  const { source, "custom-platform": platform } = settled.values;
  return {
    place: parsePlace("--source", source),
    platform: readPlatform(platform, host),
    workPlaces: workPlacesIn(settled),
    ...readDelivery(settled, host),
  };
}

/**
 * Turns the settled flags of `slipway push` into what it is asked for.
 *
 * @throws USAGE_INVALID_VALUE, USAGE_CONFLICT
 */
export function readPushOptions(settled: Given<typeof pushFlags>, host: Host): CopyOptions {
  const { image, "custom-platform": platform, "image-format": format } = settled.values;
  const path = given("--image", image).replace(layoutScheme, "");
  // A file may have a colon in its name.
  const isPath = host.exists(resolve(host.workingDirectory, path));
  return {
    place: {
      kind: "local",
      image: isPath ? { directory: path } : parseLayoutReference(path),
      format,
    },
    platform: readPlatform(platform, host),
    workPlaces: workPlacesIn(settled),
    ...readDelivery(settled, host),
  };
}

/**
 * Turns the settled flags of `slipway inspect` into what it is asked for.
 *
 * @throws USAGE_INVALID_VALUE, USAGE_CONFLICT
 */
export function readInspectOptions(
  { engine, values }: Given<typeof inspectFlags>,
  host: Host,
): InspectOptions {
  return {
    place: parsePlace("--image", values.image),
    platform: readPlatform(values["custom-platform"], host),
    workPlaces: workPlacesIn({ engine }),
    format: values.format,
    registry: readRegistry(values),
    credentials: readCredentials(values, { engine, host }),
    log: readLog(values, host),
  };
}

function workPlacesIn({ engine }: Pick<Given<FlagTable>, "engine">): WorkPlaces {
  return { given: undefined, ofPipeline: engine?.scratchDirectory };
}

const layoutScheme = /^oci-layout:\/\//;

function parsePlace(flag: string, text: string | undefined): ImagePlace {
  const name = given(flag, text);
  if (!layoutScheme.test(name)) {
    return { kind: "registry", reference: parseImageReference(flag, name) };
  }
  return { kind: "local", image: parseLayoutReference(name.replace(layoutScheme, "")) };
}

function readPlatform(text: string | undefined, host: Host): Platform | undefined {
  return text === undefined ? undefined : parsePlatform(text, host.platform);
}

function given(flag: string, text: string | undefined): string {
  if (text !== undefined) return text;
  throw new UsageError("USAGE_CONFLICT", "no image is named", {
    hint: `Name it as the first argument, or with ${flag}`,
  });
}
