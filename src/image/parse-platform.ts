import { UsageError } from "../errors/usage-error.ts";
import { normalizeOs, normalizePlatform, type Platform } from "./platform.ts";

const knownSystems = new Set(
  (
    "aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd openbsd plan9 " +
    "solaris wasip1 windows zos"
  ).split(" "),
);
const knownArchitectures = new Set(
  (
    "386 amd64 amd64p32 arm armbe arm64 arm64be ppc64 ppc64le loong64 mips mipsle mips64 mips64le " +
    "mips64p32 mips64p32le ppc riscv riscv64 s390 s390x sparc sparc64 wasm"
  ).split(" "),
);
const osForm = /^([A-Za-z0-9_-]+)(?:\(([A-Za-z0-9_.%-]*)((?:\+[A-Za-z0-9_.%-]+)*)\))?$/;
const componentForm = /^[A-Za-z0-9_.-]+$/;

const longestShown = 200;

/** A text is not a platform. */
export class InvalidPlatformError extends UsageError {
  /** Why not, in containerd's words. */
  readonly reason: string;

  constructor(specifier: string, reason: string, cause?: unknown) {
    super("USAGE_INVALID_VALUE", `${quote(specifier)} is not a platform: ${reason}`, {
      hint: "Write it as os/architecture[/variant], such as linux/amd64 or linux/arm/v7",
      ...(cause === undefined ? {} : { cause }),
    });
    this.reason = `${reason}: invalid argument`;
  }
}

/**
 * Reads a platform specifier as containerd does: `linux/arm64/v8`, `windows(10.0.17763)/amd64`,
 * or an operating system or architecture alone, which `host` completes.
 *
 * @throws USAGE_INVALID_VALUE
 */
export function parsePlatform(specifier: string, host: Platform): Platform {
  if (specifier.includes("*")) {
    throw new InvalidPlatformError(specifier, `${quote(specifier)}: wildcards not yet supported`);
  }
  const [system = "", ...rest] = specifier.split("/");
  const parsedOs = parseOs(specifier, system);
  for (const component of rest) {
    if (!componentForm.test(component)) {
      throw malformed(specifier, component, {
        what: "component",
        form: "platform specifier component",
        pattern: componentForm,
      });
    }
  }
  const [architecture, variant] = rest;
  if (rest.length > 2) {
    throw new InvalidPlatformError(
      specifier,
      `${quote(specifier)}: cannot parse platform specifier`,
    );
  }
  if (architecture === undefined) return parseSingle(specifier, parsedOs, host);
  if (variant === undefined) return withSilentArmV7({ ...parsedOs, architecture });
  const full = withSilentArmV7({ ...parsedOs, architecture, variant }, variant);
  const isArmV8 = full.architecture === "arm64" && full.variant === undefined;
  return isArmV8 ? { ...full, variant: "v8" } : full;
}

type ParsedOs = Omit<Platform, "architecture" | "variant">;

function parseOs(specifier: string, text: string): ParsedOs {
  const match = osForm.exec(text);
  if (match === null) {
    throw malformed(specifier, text, {
      what: "OS component",
      form: "OSAndVersion specifier component",
      pattern: osForm,
    });
  }
  const [, name = "", version = "", features = ""] = match;
  const decode = (part: string): string => decodePercent(specifier, part);
  return {
    os: normalizeOs(name),
    ...(version === "" ? {} : { "os.version": decode(version) }),
    ...(features === "" ? {} : { "os.features": features.slice(1).split("+").map(decode) }),
  };
}

function decodePercent(specifier: string, text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    const reason = `${quote(text)} has an invalid escape`;
    throw new InvalidPlatformError(specifier, reason, cause);
  }
}

function parseSingle(specifier: string, parsedOs: ParsedOs, host: Platform): Platform {
  if (knownSystems.has(parsedOs.os)) {
    const variant = host.architecture === "arm" && host.variant !== "v7" ? host.variant : undefined;
    return {
      ...parsedOs,
      architecture: host.architecture,
      ...(variant === undefined ? {} : { variant }),
    };
  }
  const platform = withSilentArmV7({ os: host.os, architecture: specifier });
  if (knownArchitectures.has(platform.architecture)) return platform;
  throw new InvalidPlatformError(
    specifier,
    `${quote(specifier)}: unknown operating system or architecture`,
  );
}

/** Normalises the architecture, where 32-bit Arm without a written variant stays without. */
function withSilentArmV7(platform: Platform, writtenVariant?: string): Platform {
  const { variant, ...rest } = normalizePlatform(platform);
  const silent = writtenVariant === undefined && rest.architecture === "arm" && variant === "v7";
  const features = platform["os.features"];
  return {
    ...rest,
    ...(variant === undefined || silent ? {} : { variant }),
    ...(features === undefined ? {} : { "os.features": features }),
  };
}

function malformed(
  specifier: string,
  part: string,
  { what, form, pattern }: { what: string; form: string; pattern: RegExp },
): InvalidPlatformError {
  const rule = `${form} must match ${quote(pattern.source)}`;
  return new InvalidPlatformError(
    specifier,
    `${quote(part)} is an invalid ${what} of ${quote(specifier)}: ${rule}`,
  );
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, longestShown));
}
