import { expect } from "chai";
import { parsePlatform } from "../../src/image/parse-platform.ts";
import type { Platform } from "../../src/image/platform.ts";
import { parseReference } from "../../src/image/reference.ts";
import {
  contextName,
  findNamedContext,
  type NamedContexts,
  parseNamedContext,
  resolveName,
} from "../../src/plan/named-context.ts";
import { errorOf } from "../support/error-of.ts";

const host: Platform = { os: "linux", architecture: "amd64" };
const arm64 = parsePlatform("linux/arm64", host);
const location = { file: "Dockerfile", firstLine: 3, lastLine: 3 };
const digest = `sha256:${"a".repeat(64)}`;

function contextsOf(values: Readonly<Record<string, string>>): NamedContexts {
  return new Map(
    Object.entries(values).map(([name, value]) => parseNamedContext(name, value, host)),
  );
}

describe("plan/named-context", () => {
  for (const [value, source] of [
    ["docker-image://scratch", { kind: "scratch" }],
    [
      "docker-image://r.example/app:1",
      { kind: "image", name: "app", reference: parseReference("r.example/app:1") },
    ],
    ["oci-layout://images", { kind: "layout", name: "app", layout: { directory: "images" } }],
    [
      `oci-layout:///images/app:1@${digest}`,
      { kind: "layout", name: "app", layout: { directory: "/images/app", tag: "1", digest } },
    ],
    ["../other", { kind: "context", name: "app", location: "../other" }],
    [
      "https://h.example/x.git#v1",
      { kind: "context", name: "app", location: "https://h.example/x.git#v1" },
    ],
  ] as const) {
    it(`reads ${value}`, () => {
      expect(parseNamedContext("app", value, host)).to.deep.equal(["app", source]);
    });
  }

  for (const [given, key] of [
    ["app:latest", "app"],
    ["docker.io/library/app", "app"],
    ["docker.io/team/app:1", "team/app:1"],
    ["r.example/app:latest", "r.example/app"],
    ["app::linux/aarch64", "app::linux/arm64"],
    ["app::arm64", "app::linux/arm64"],
    ["[2001:db8::1]/app", "[2001:db8::1]/app"],
    ["[2001:db8::1]/app::linux/amd64", "[2001:db8::1]/app::linux/amd64"],
  ] as const) {
    it(`knows ${given} as ${key}`, () => {
      expect(parseNamedContext(given, "dir", host)[0]).to.equal(key);
    });
  }

  for (const [name, value, code] of [
    ["scratch", "dir", "USAGE_INVALID_VALUE"],
    ["context:latest", "dir", "USAGE_INVALID_VALUE"],
    ["app::nowhere", "dir", "USAGE_INVALID_VALUE"],
    ["App", "dir", "IMAGE_REFERENCE_INVALID"],
    ["app", "docker-image://App", "IMAGE_REFERENCE_INVALID"],
  ] as const) {
    it(`refuses ${name}=${value}`, async () => {
      expect((await errorOf(() => parseNamedContext(name, value, host))).code).to.equal(code);
    });
  }

  it("prefers the context for the platform", () => {
    const contexts = contextsOf({ app: "any", "app::linux/arm64": "one" });

    expect(findNamedContext(contexts, "app", arm64)).to.include({ location: "one" });
    expect(findNamedContext(contexts, "app", host)).to.include({ location: "any" });
    expect(findNamedContext(contexts, "other", host)).to.equal(undefined);
  });

  for (const name of ["busybox", "busybox:latest", "docker.io/library/busybox"]) {
    it(`replaces the image ${name} by the context busybox`, () => {
      const site = { namedContexts: contextsOf({ busybox: "dir" }), platform: host, location };

      expect(resolveName(name, site)).to.include({ kind: "context", location: "dir" });
    });
  }

  it("takes an image where no context has the name", () => {
    const site = { namedContexts: contextsOf({ busybox: "dir" }), platform: host, location };

    expect(resolveName("busybox:1.36", site)).to.include({ kind: "image", name: "busybox:1.36" });
    expect(resolveName("scratch", site)).to.deep.equal({ kind: "scratch" });
  });

  it("says where a name stands that is none", async () => {
    const site = { namedContexts: new Map(), platform: host, location };

    const error = await errorOf(() => resolveName("Busybox", site));

    expect(error.code).to.equal("DOCKERFILE_INVALID");
    expect(error.location).to.equal(location);
  });

  it("names an image without :latest, and with any other tag or digest", () => {
    const names = ["a:latest", "a:1", `a@${digest}`].map((text) =>
      contextName(parseReference(text)),
    );

    expect(names).to.deep.equal(["a", "a:1", `a@${digest}`]);
  });
});
