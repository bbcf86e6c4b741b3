import { expect } from "chai";
import { digestOf } from "../../src/image/digest.ts";
import { mediaTypes } from "../../src/image/media-type.ts";
import { parseReference } from "../../src/image/reference.ts";
import type { RemoteManifest } from "../../src/registry/registry-client.ts";
import { errorOf } from "../support/error-of.ts";
import { type ProxyScript, startFaultProxy } from "../support/fault-proxy.ts";
import { documentOf, openTestClient } from "../support/registry-client.ts";

const manifest = documentOf(mediaTypes.ociManifest, {
  schemaVersion: 2,
  mediaType: mediaTypes.ociManifest,
  config: { mediaType: mediaTypes.ociConfig, digest: digestOf("x"), size: 1 },
  layers: [],
});

describe("registry/fetch-manifest", () => {
  it("asks for all that it can read, and says who it is", async () => {
    await using server = await startFaultProxy(undefined, () => answer(manifest.bytes));

    await fetchFrom(server.host, "app:1");

    const { headers } = server.requests.at(-1) ?? {};
    expect(headers?.["user-agent"]).to.equal("slipway/test");
    expect(headers?.accept?.split(", ")).to.have.members([
      mediaTypes.ociIndex,
      mediaTypes.ociManifest,
      mediaTypes.dockerIndex,
      mediaTypes.dockerManifest,
    ]);
  });

  it("computes the digest when the registry gives none", async () => {
    await using server = await startFaultProxy(undefined, () => answer(manifest.bytes));

    expect(await fetchFrom(server.host, "app:1")).to.deep.include(manifest);
  });

  it("asks by digest when there is a tag as well", async () => {
    await using server = await startFaultProxy(undefined, () => answer(manifest.bytes));

    await fetchFrom(server.host, `app:1@${manifest.descriptor.digest}`);

    expect(server.requests.at(-1)?.url).to.equal(`/v2/app/manifests/${manifest.descriptor.digest}`);
  });

  const broken: readonly (readonly [string, ProxyScript, RegExp])[] = [
    [
      "does not match the digest that the registry gives",
      () => answer(manifest.bytes, { "docker-content-digest": digestOf("other") }),
      /does not match its digest/,
    ],
    ["is too large", () => answer(Buffer.alloc(5_000_000, " ")), /more than 4194304 bytes/],
    ["is not JSON", () => answer(Buffer.from("<html>")), /is not JSON/],
    ["is of schema 1", () => answer(Buffer.from('{"schemaVersion":1}')), /schema 1/],
  ];
  for (const [title, script, message] of broken) {
    it(`refuses a manifest that ${title}`, async () => {
      await using server = await startFaultProxy(undefined, script);

      const error = await errorOf(fetchFrom(server.host, "app:1"));

      expect(error.code).to.equal("IMAGE_MALFORMED");
      expect(error.message).to.match(message);
    });
  }

  it("refuses a manifest that does not match the digest asked for", async () => {
    await using server = await startFaultProxy(undefined, () =>
      answer(manifest.bytes, { "docker-content-digest": digestOf("other") }),
    );

    const error = await errorOf(fetchFrom(server.host, `app@${digestOf("other")}`));

    expect(error.code).to.equal("IMAGE_MALFORMED");
  });

  for (const status of [408, 429, 500, 502, 503, 504]) {
    it(`tries again after ${status}, and after broken connections`, async () => {
      await using server = await startFaultProxy(undefined, ({ url }, count) => {
        if (!url.includes("/manifests/") || count > 2) return answer(manifest.bytes);
        return count === 1 ? { kind: "answer", status } : { kind: "break" };
      });

      expect(await fetchFrom(server.host, "app:1")).to.deep.include(manifest);
    });
  }

  it("tries again when a manifest breaks off", async () => {
    await using whole = await startFaultProxy(undefined, () => answer(manifest.bytes));
    await using server = await startFaultProxy(whole.host, ({ url }, count) =>
      url.includes("/manifests/") && count === 1
        ? { kind: "forward", cutAfterBytes: 10 }
        : undefined,
    );

    expect(await fetchFrom(server.host, "app:1")).to.deep.include(manifest);
  });

  for (const status of [400, 403, 404, 501]) {
    it(`does not try again after ${status}`, async () => {
      await using server = await startFaultProxy(undefined, () => ({ kind: "answer", status }));

      const error = await errorOf(fetchFrom(server.host, "app:1"));

      expect(error).to.include({ status, retryable: false });
      expect(server.requests.filter(({ url }) => url.includes("/manifests/"))).to.have.length(1);
    });
  }

  it("quotes what a registry says, up to a limit and without control characters", async () => {
    const errors = [{ code: "DENIED", message: `no \u001b[31m${"x".repeat(2000)}` }];
    await using server = await startFaultProxy(undefined, () => ({
      kind: "answer",
      status: 403,
      body: JSON.stringify({ errors }),
    }));

    const error = await errorOf(fetchFrom(server.host, "app:1"));

    expect(error.code).to.equal("REGISTRY_UNAUTHORIZED");
    expect(error.message)
      .to.include("403 DENIED: no \uFFFD[31mxxx")
      .and.to.have.lengthOf.below(800);
  });
});

function answer(
  body: Buffer,
  headers: Readonly<Record<string, string>> = {},
): ReturnType<ProxyScript> {
  const type = { "content-type": "application/json" };
  return { kind: "answer", status: 200, headers: { ...type, ...headers }, body };
}

async function fetchFrom(host: string, name: string): Promise<RemoteManifest> {
  await using client = await openTestClient([host]);
  return await client.fetchManifest(parseReference(`${host}/${name}`));
}
