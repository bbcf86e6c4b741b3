import { normalizePlatform, type Platform } from "./platform.ts";

/**
 * The `candidates` that can stand in for `wanted`, best first; equally good ones keep their order.
 *
 * A machine also runs what its predecessors ran: amd64 takes lower levels and 386, arm64 takes
 * lower versions and 32-bit Arm, arm takes lower versions (the rules of containerd's `platforms`).
 */
export function selectPlatforms<T>(
  candidates: readonly T[],
  wanted: Platform,
  platformOf: (candidate: T) => Platform | undefined,
): T[] {
  const want = normalizePlatform(wanted);
  const acceptable = architecturesFor(want);
  return candidates
    .map((candidate) => ({ candidate, platform: platformOf(candidate) }))
    .flatMap(({ candidate, platform }) =>
      platform === undefined ? [] : [{ candidate, platform: normalizePlatform(platform) }],
    )
    .map((entry) => ({ ...entry, rank: acceptable.indexOf(machineOf(entry.platform)) }))
    .filter(({ rank, platform }) => rank !== -1 && fitsSystem(platform, want))
    .toSorted((a, b) => a.rank - b.rank || compareSystems(a.platform, b.platform))
    .map(({ candidate }) => candidate);
}

function machineOf({ architecture, variant }: Platform): string {
  return variant === undefined ? architecture : `${architecture}/${variant}`;
}

/** Architectures with variants that a machine of the wanted kind runs, best first. */
function architecturesFor(want: Platform): string[] {
  switch (want.architecture) {
    case "amd64":
      return [...amd64Levels(want.variant), "386"];
    case "arm64":
      return arm64Versions(want.variant ?? "v8");
    case "arm":
      return armVersions(want.variant ?? "v7");
    default:
      return [machineOf(want)];
  }
}

function amd64Levels(variant: string | undefined): string[] {
  const level = Number(/^v([0-9]{1,2})$/.exec(variant ?? "v1")?.[1]);
  if (Number.isNaN(level)) return [`amd64/${variant}`];
  return countdown(level, 1).map((each) => (each === 1 ? "amd64" : `amd64/v${each}`));
}

function armVersions(variant: string): string[] {
  const version = Number(/^v([0-9]{1,2})$/.exec(variant)?.[1]);
  if (Number.isNaN(version) || version <= 5) return [`arm/${variant}`];
  return countdown(version, 5).map((each) => `arm/v${each}`);
}

/** v9.x includes v8.(x+5), and all of them run 32-bit Arm v8 (Arm Architecture Reference Manual). */
function arm64Versions(variant: string): string[] {
  const [, major, minor = "0"] = /^v([89])(?:\.([0-9]))?$/.exec(variant) ?? [];
  if (major === undefined) return [];
  const nines = major === "9" ? countdown(Number(minor), 0) : [];
  const eights = countdown(major === "9" ? Math.min(Number(minor) + 5, 9) : Number(minor), 0);
  return [
    ...nines.map((each) => (each === 0 ? "arm64/v9" : `arm64/v9.${each}`)),
    ...eights.map((each) => (each === 0 ? "arm64" : `arm64/v8.${each}`)),
    ...armVersions("v8"),
  ];
}

function countdown(from: number, to: number): number[] {
  return Array.from({ length: Math.max(from - to + 1, 0) }, (_, index) => from - index);
}

function fitsSystem(platform: Platform, want: Platform): boolean {
  if (platform.os !== want.os) return false;
  const windows = want.os === "windows";
  if (windows && !sameWindowsBuild(platform["os.version"], want["os.version"])) return false;
  const features = platform["os.features"] ?? [];
  return features.every(
    (feature) => (windows && feature === "win32k") || (want["os.features"] ?? []).includes(feature),
  );
}

/** Windows containers run on hosts of the same major, minor and build number. */
function sameWindowsBuild(a: string | undefined, b: string | undefined): boolean {
  if (a === undefined || b === undefined) return true;
  return numbersOf(a).slice(0, 3).join(".") === numbersOf(b).slice(0, 3).join(".");
}

function compareSystems(a: Platform, b: Platform): number {
  const byFeatures = (b["os.features"]?.length ?? 0) - (a["os.features"]?.length ?? 0);
  if (byFeatures !== 0 || a.os !== "windows") return byFeatures;
  const [left, right] = [numbersOf(a["os.version"] ?? ""), numbersOf(b["os.version"] ?? "")];
  const differing = [0, 1, 2, 3].find((index) => left[index] !== right[index]);
  return differing === undefined ? 0 : (right[differing] ?? 0) - (left[differing] ?? 0);
}

function numbersOf(version: string): number[] {
  return version.split(".").map((part) => Number.parseInt(part, 10) || 0);
}
