/** What an image runs on (OCI image specification, "Image Index", `platform`). */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
  readonly "os.version"?: string;
  readonly "os.features"?: readonly string[];
}

/** What this machine is, in the words of Node (`process.platform`, `process.arch`). */
export interface NodeMachine {
  readonly platform: string;
  readonly arch: string;
}

const nodeSystems = new Map([
  ["win32", "windows"],
  ["sunos", "solaris"],
]);
const nodeArchitectures = new Map([
  ["x64", "amd64"],
  ["ia32", "386"],
  ["ppc64", "ppc64le"],
  ["mipsel", "mipsle"],
]);

const architectureAliases = new Map([
  ["i386", "386"],
  ["x86_64", "amd64"],
  ["x86-64", "amd64"],
  ["aarch64", "arm64"],
  ["armhf", "arm"],
  ["armel", "arm"],
]);

/** Names of architectures that say the variant as well, whatever is written beside them. */
const impliedVariants = new Map([
  ["i386", ""],
  ["armhf", "v7"],
  ["armel", "v6"],
]);

const variantAliases = new Map([
  ["amd64/v1", ""],
  ...["8", "v8", "v8.0"].map((variant) => [`arm64/${variant}`, ""] as const),
  ...["9", "9.0", "v9.0"].map((variant) => [`arm64/${variant}`, "v9"] as const),
  ...["5", "6", "7", "8"].map((variant) => [`arm/${variant}`, `v${variant}`] as const),
  ["arm/", "v7"],
]);

/** The platform of this machine. */
export function hostPlatform(machine: NodeMachine): Platform {
  return normalizePlatform({
    os: nodeSystems.get(machine.platform) ?? machine.platform,
    architecture: nodeArchitectures.get(machine.arch) ?? machine.arch,
  });
}

/**
 * One form for platforms that are the same: lower case, `x86_64` is `amd64`, `arm64` implies `v8`,
 * `arm` means `v7`, features sorted and each once.
 */
export function normalizePlatform(platform: Platform): Platform {
  const { architecture, variant } = normalizeArchitecture(platform);
  const features = [...new Set(platform["os.features"] ?? [])].toSorted();
  return {
    os: normalizeOs(platform.os),
    architecture,
    ...(variant === "" ? {} : { variant }),
    ...(platform["os.version"] === undefined ? {} : { "os.version": platform["os.version"] }),
    ...(features.length === 0 ? {} : { "os.features": features }),
  };
}

/** The one name of an operating system: lower case, `darwin` for macOS, `linux` for none. */
export function normalizeOs(os: string): string {
  const lower = os.toLowerCase();
  if (lower === "") return "linux";
  return lower === "macos" ? "darwin" : lower;
}

function normalizeArchitecture(platform: Platform): { architecture: string; variant: string } {
  const written = platform.architecture.toLowerCase();
  const architecture = architectureAliases.get(written) ?? written;
  const variant = impliedVariants.get(written) ?? (platform.variant ?? "").toLowerCase();
  return { architecture, variant: variantAliases.get(`${architecture}/${variant}`) ?? variant };
}

/** `os/architecture[/variant]`; `unknown` for a platform without operating system. */
export function formatPlatform(platform: Platform): string {
  return joinComponents(platform, platform.os);
}

/** As `formatPlatform`, with version and features of the operating system: `windows(10.0+x)/amd64`. */
export function formatFullPlatform(platform: Platform): string {
  const features = normalizePlatform(platform)["os.features"] ?? [];
  const parts = [platform["os.version"] ?? "", ...features].map(encodePercent).join("+");
  return joinComponents(platform, parts === "" ? platform.os : `${platform.os}(${parts})`);
}

function joinComponents({ os, architecture, variant }: Platform, system: string): string {
  if (os === "") return "unknown";
  return [system, architecture, variant ?? ""].filter((part) => part !== "").join("/");
}

function encodePercent(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*~]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
