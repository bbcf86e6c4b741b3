import { UsageError } from "../errors/usage-error.ts";
import type { ImageUnit, IndexUnit } from "../fanout/image-units.ts";
import type { StageUnit } from "../fanout/stage-units.ts";
import { formatReference } from "../image/reference.ts";
import type { ProvidedValues } from "../pipeline/engine.ts";
import type { BuildPlan } from "../plan/build-plan.ts";
import { type FlagSources, settleFlags } from "./flag-values.ts";
import { buildFlags } from "./flags/build-flags.ts";
import type { FlagValues } from "./flags/flag.ts";
import type { indexFlags } from "./flags/index-flags.ts";

type BuildValues = FlagValues<typeof buildFlags>;

/**
 * The flags of a build of this unit. What the arguments and the environment say comes first; arguments,
 * labels and named contexts are added to those of the unit, and win by name.
 *
 * @throws USAGE_INVALID_VALUE
 */
export function valuesOfImage(unit: ImageUnit, sources: FlagSources): BuildValues {
  const { image, contexts } = unit;
  const provided = { ...sources.provided, ...providedBy(unit) };
  const values = settleFlags(buildFlags, { ...sources, provided });
  return {
    ...values,
    "build-arg": [...pairsOf(image.args), ...values["build-arg"]],
    label: [...pairsOf(image.labels), ...values.label],
    "build-context": [...pairsOf(contexts), ...values["build-context"]],
  };
}

/** What a unit says, for flags that take nothing from elsewhere. */
function providedBy({ id, image, platform, destinations }: ImageUnit): ProvidedValues {
  const origin = `the unit ${id}`;
  const { context, dockerfile, target } = image;
  const texts = { context, dockerfile, target, "custom-platform": platform };
  const single = Object.entries(texts).flatMap(([name, text]) =>
    text === undefined ? [] : [[name, { texts: [text], origin }]],
  );
  return {
    ...Object.fromEntries(single),
    destination: { texts: destinations.map(formatReference), origin },
  };
}

/** The flags of `slipway index` for this unit. Destinations of the arguments or the environment come first. */
export function valuesOfIndex(
  { destinations, manifests }: IndexUnit,
  values: BuildValues,
): FlagValues<typeof indexFlags> {
  const given = values.destination;
  return {
    ...values,
    destination: given.length > 0 ? given : destinations.map(formatReference),
    manifest: manifests.map(formatReference),
  };
}

/**
 * The flags of a build of this unit, where `values` are those of the whole Dockerfile. What is meant for the
 * image that comes out, such as labels and archives, is not for a stage. TARGETSTAGE stays what it is for
 * the whole.
 *
 * @throws USAGE_CONFLICT when a stage would not be pushed
 */
export function valuesOfStage(unit: StageUnit, values: BuildValues, plan: BuildPlan): BuildValues {
  const images = [...unit.contexts].map(
    ([name, image]) => `${name}=docker-image://${formatReference(image)}`,
  );
  const shared = { ...values, "build-context": [...values["build-context"], ...images] };
  if (unit.kind === "build") return shared;
  if (values["no-push"]) {
    throw new UsageError("USAGE_CONFLICT", `--no-push leaves ${unit.id} to nobody`, {
      hint: "Other pods take a stage from the registry",
    });
  }
  const targetStage = plan.globalScope.get("TARGETSTAGE") ?? "";
  return {
    ...shared,
    target: unit.target,
    destination: unit.destinations.map(formatReference),
    "build-arg": [...values["build-arg"], `TARGETSTAGE=${targetStage}`],
    label: [],
    annotation: [],
    "tar-path": undefined,
    "oci-layout-path": undefined,
  };
}

function pairsOf(pairs: ReadonlyMap<string, string>): readonly string[] {
  return [...pairs].map(([name, value]) => `${name}=${value}`);
}
