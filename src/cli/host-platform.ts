import type { Platform } from "../image/platform.ts";

/** Architectures by Node's name (`process.arch`) in the terms of images (GOARCH). */
const architectures: Readonly<Record<string, string>> = {
  x64: "amd64",
  ia32: "386",
  arm64: "arm64",
  arm: "arm",
  ppc64: "ppc64le",
  riscv64: "riscv64",
  loong64: "loong64",
  s390x: "s390x",
};

/** The platform of a Linux machine on which Node calls the architecture `arch`. */
export function hostPlatform(arch: string): Platform {
  return { os: "linux", architecture: architectures[arch] ?? arch };
}
