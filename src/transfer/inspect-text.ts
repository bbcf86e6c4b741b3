import { columns, printable } from "../support/columns.ts";
import { formatBytes } from "../support/format-bytes.ts";
import type { InspectedArtifact, InspectedImage, InspectedIndex, Inspection } from "./inspect.ts";

/** An inspection for people. What comes from the image cannot steer a terminal. */
export function formatInspection(inspection: Inspection): string {
  const lines = [
    ...pairs({
      name: inspection.reference,
      digest: inspection.digest,
      type: inspection.mediaType,
    }),
    ...bodyOf(inspection),
    ...section("annotations", Object.entries(inspection.annotations).map(assignment)),
  ];
  return `${lines.map(printable).join("\n")}\n`;
}

function bodyOf(inspection: Inspection): readonly string[] {
  if (inspection.kind === "index") return indexLines(inspection);
  if (inspection.kind === "image") return imageLines(inspection);
  return [...pairs({ size: formatBytes(inspection.totalSize) }), ...layerLines(inspection)];
}

function indexLines({ manifests }: InspectedIndex): readonly string[] {
  const rows = manifests.map(({ attestation, digest, mediaType, platform }) => [
    attestation ? "(attestation)" : (platform ?? "(any)"),
    digest,
    mediaType,
  ]);
  return section("manifests", columns(rows));
}

function imageLines(image: InspectedImage): readonly string[] {
  const { Entrypoint, Cmd, User, WorkingDir, Env, ExposedPorts, Volumes } = image.settings;
  return [
    ...pairs({
      configuration: image.config.digest,
      platform: image.platform,
      created: image.created,
      author: image.author,
      size: `${formatBytes(image.totalSize)}, layers: ${image.layers.length}`,
      entrypoint: command(Entrypoint),
      command: command(Cmd),
      user: User,
      "working directory": WorkingDir,
      ports: Object.keys(ExposedPorts ?? {}).join(", "),
      volumes: Object.keys(Volumes ?? {}).join(", "),
    }),
    ...section("environment", Env ?? []),
    ...section("labels", Object.entries(image.labels).map(assignment)),
    ...layerLines(image),
    ...section("history", columns(image.history.map((step) => historyRow(step, image)))),
  ];
}

function layerLines({ layers }: Pick<InspectedArtifact, "layers">): readonly string[] {
  const rows = layers.map(({ digest, mediaType, size }) => [formatBytes(size), digest, mediaType]);
  return section("layers", columns(rows));
}

function historyRow(
  { createdBy, comment, layer }: InspectedImage["history"][number],
  { layers }: InspectedImage,
): readonly string[] {
  const made = layer === null ? undefined : layers[layer];
  return [made === undefined ? "" : formatBytes(made.size), createdBy ?? comment ?? ""];
}

function command(argv: readonly string[] | null | undefined): string | undefined {
  return argv === null || argv === undefined ? undefined : JSON.stringify(argv);
}

function assignment([name, value]: readonly [string, string]): string {
  return `${name}=${value}`;
}

/** A line for each value that says something. */
function pairs(values: Readonly<Record<string, string | null | undefined>>): readonly string[] {
  return Object.entries(values).flatMap(([name, value]) =>
    value === null || value === undefined || value === ""
      ? []
      : [`${`${name}:`.padEnd(19)}${value}`],
  );
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ["", `${title}:`, ...lines.map((line) => `  ${line}`)];
}
