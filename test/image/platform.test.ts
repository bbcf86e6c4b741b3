import { expect } from "chai";
import { parsePlatform } from "../../src/image/parse-platform.ts";
import {
  formatFullPlatform,
  formatPlatform,
  hostPlatform,
  normalizePlatform,
} from "../../src/image/platform.ts";
import { selectPlatforms } from "../../src/image/select-platform.ts";

const host = { os: "linux", architecture: "arm64" };

describe("image/platform", () => {
  const machines = [
    ["linux", "x64", "linux/amd64"],
    ["linux", "arm64", "linux/arm64"],
    ["linux", "arm", "linux/arm/v7"],
    ["linux", "ppc64", "linux/ppc64le"],
    ["linux", "s390x", "linux/s390x"],
    ["win32", "ia32", "windows/386"],
  ] as const;
  for (const [platform, arch, expected] of machines) {
    it(`knows Node's ${platform} on ${arch}`, () => {
      expect(formatPlatform(hostPlatform({ platform, arch }))).to.equal(expected);
    });
  }

  it("completes an operating system or an architecture with the host's", () => {
    expect(parsePlatform("linux", host)).to.deep.equal(host);
    expect(parsePlatform("x86_64", host)).to.deep.equal({ os: "linux", architecture: "amd64" });
  });

  it("keeps version and features of the operating system through format and parse", () => {
    const platform = {
      os: "windows",
      architecture: "amd64",
      "os.version": "10.0+1",
      "os.features": ["a(b)", "c"],
    };

    expect(parsePlatform(formatFullPlatform(platform), host)).to.deep.equal(platform);
  });

  it("makes one form of what is the same", () => {
    const same = ["linux/arm64", "linux/aarch64/v8", "LINUX/arm64/8"];

    const forms = same.map((text) => normalizePlatform(parsePlatform(text, host)));

    expect(forms).to.deep.equal([host, host, host]);
  });

  for (const text of [
    "",
    "linux/",
    "a/b/c/d",
    "linux/*",
    "nonsense",
    "linux(%zz)/amd64",
    "constructor",
  ]) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      expect(() => parsePlatform(text, host))
        .to.throw(/is not a platform/)
        .with.property("code", "USAGE_INVALID_VALUE");
    });
  }
});

describe("image/select-platform", () => {
  const candidates = ["linux/386", "linux/arm/v6", "linux/arm64/v8", "linux/amd64", "linux/arm/v7"];
  const cases = [
    ["linux/amd64", ["linux/amd64", "linux/386"]],
    ["linux/amd64/v3", ["linux/amd64", "linux/386"]],
    ["linux/arm64", ["linux/arm64/v8", "linux/arm/v7", "linux/arm/v6"]],
    ["linux/arm64/v10", []],
    ["linux/arm/v6", ["linux/arm/v6"]],
    ["linux/s390x", []],
    ["darwin/amd64", []],
  ] as const;
  for (const [wanted, expected] of cases) {
    it(`orders what runs on ${wanted}`, () => {
      const order = selectPlatforms(candidates, parsePlatform(wanted, host), (text) =>
        parsePlatform(text, host),
      );

      expect(order).to.deep.equal(expected);
    });
  }

  it("passes over candidates without a platform", () => {
    expect(selectPlatforms([1], host, () => undefined)).to.deep.equal([]);
  });
});
