import { constants } from "node:http2";
import { expect } from "chai";
import { mediaTypes } from "../../src/image/media-type.ts";
import { parseReference } from "../../src/image/reference.ts";
import type { RegistryClient } from "../../src/registry/registry-client.ts";
import { defaultRegistryOptions } from "../../src/registry/registry-options.ts";
import { type CertificateFiles, makeCertificate } from "../support/certificates.ts";
import { errorOf } from "../support/error-of.ts";
import { startFaultProxy } from "../support/fault-proxy.ts";
import { type Http2Front, startHttp2Front } from "../support/http2-front.ts";
import { documentOf, openTestClient } from "../support/registry-client.ts";
import { makeTemporaryDirectory, type TemporaryDirectory } from "../support/temporary-directory.ts";

const index = documentOf(mediaTypes.ociIndex, {
  schemaVersion: 2,
  mediaType: mediaTypes.ociIndex,
  manifests: [],
});

/** Answers in HTTP/2 that end too early and do not say how long they are. */
describe("registry/read-answer", () => {
  let directory: TemporaryDirectory;
  let tls: CertificateFiles;

  before(async () => {
    directory = await makeTemporaryDirectory();
    tls = await makeCertificate(directory.path, "front");
  });

  after(() => directory[Symbol.asyncDispose]());

  it("asks again for a manifest whose stream was reset in the middle", async () => {
    await using server = await startFaultProxy(undefined, () => answer(index.bytes));
    await using front = await startCutting(server.host, 2);
    await using client = await trusting(front);

    const manifest = await client.fetchManifest(parseReference(`${front.host}/app:1`));

    expect(manifest.bytes.equals(index.bytes)).to.equal(true);
    expect(front.requests).to.have.length(3);
  });

  it("says so where none comes to its end", async () => {
    await using server = await startFaultProxy(undefined, () => answer(index.bytes));
    await using front = await startCutting(server.host, Infinity);
    await using client = await trusting(front);

    const error = await errorOf(client.fetchManifest(parseReference(`${front.host}/app:1`)));

    expect(error.code).to.equal("REGISTRY_UNREACHABLE");
    expect(error.message).to.include("it broke off its answer");
    expect(front.requests).to.have.length(4);
  });

  it("asks again for a token whose stream was reset in the middle", async () => {
    const token = Buffer.from('{"token": "good", "expires_in": 300}');
    await using tokens = await startFaultProxy(undefined, () => answer(token));
    await using front = await startCutting(tokens.host, 2);
    await using registry = await startFaultProxy(undefined, ({ headers }) =>
      headers.authorization === "Bearer good"
        ? answer(index.bytes)
        : {
            kind: "answer",
            status: 401,
            headers: { "www-authenticate": `Bearer realm="https://${front.host}/token"` },
          },
    );
    await using client = await trusting(front, [registry.host]);

    const manifest = await client.fetchManifest(parseReference(`${registry.host}/app:1`));

    expect(manifest.bytes.equals(index.bytes)).to.equal(true);
    expect(front.requests).to.have.length(3);
  });

  /** The first answers end after ten bytes, with a code that is no error. */
  function startCutting(target: string, cuts: number): Promise<Http2Front> {
    return startHttp2Front({
      target,
      tls,
      faultOf: (_, count) =>
        count < cuts
          ? {
              kind: "reset",
              code: count === 0 ? constants.NGHTTP2_NO_ERROR : constants.NGHTTP2_CANCEL,
              afterBytes: 10,
              withoutLength: true,
            }
          : undefined,
    });
  }

  function trusting(
    { host }: Http2Front,
    insecureRegistries: readonly string[] = [],
  ): Promise<RegistryClient> {
    const certificates = new Map([[host, tls.certificate]]);
    return openTestClient([], {
      registries: { ...defaultRegistryOptions, certificates, insecureRegistries },
    });
  }
});

function answer(body: Buffer) {
  return { kind: "answer", status: 200, body } as const;
}
