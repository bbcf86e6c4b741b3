import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { expect } from "chai";
import { errorCodes } from "../../src/errors/codes.ts";
import { BuildYard } from "../support/build-yard.ts";
import type { DockerRegistry } from "../support/docker-registry.ts";
import { type RawTarEntry, rawTar } from "../support/raw-tar.ts";
import { tagsOf } from "../support/registry-queries.ts";

const file = { name: "etc/motd", type: "0", body: "welcome\n" };
const link = { name: "etc/link", type: "1" };
const gigabytes = 2 ** 30;

const hostileLayers: Readonly<Record<string, Buffer>> = {
  "an entry that climbs out of the root": layer([{ ...file, name: "../escape" }]),
  "an entry that climbs out half way": layer([{ ...file, name: "etc/../../escape" }]),
  "a hard link that climbs out of the root": layer([{ ...link, link: "../../etc/passwd" }]),
  "a hard link to what is not in the image": layer([{ ...link, link: "etc/absent" }]),
  "a header of two gigabytes": layer([
    { name: "pax", type: "x", claimedSize: 2 * gigabytes, body: "9 path=a\n" },
  ]),
  "a file that ends before its size": layer([{ ...file, claimedSize: gigabytes }]),
  "a header with a wrong checksum": gzipSync(Buffer.alloc(1024, "x")),
  "a compressed stream that is cut": layer([file]).subarray(0, 40),
  "no compressed stream at all": Buffer.from("this is no gzip"),
};

describe("e2e/hostile-base", function () {
  this.timeout(60_000);
  let yard: BuildYard;

  before(async () => {
    yard = await BuildYard.open();
  });

  after(() => yard[Symbol.asyncDispose]());

  for (const [name, bytes] of Object.entries(hostileLayers)) {
    it(`refuses a base whose layer has ${name}`, async () => {
      await pushImage(yard.registry.host, bytes);

      await expectRefusal(yard);
    });
  }

  it("refuses a base whose layer is not what its digest says", async () => {
    const digest = await pushImage(yard.registry.host, layer([file]));
    await replaceBlob(yard.registry, digest, layer([{ ...file, body: "farewell\n" }]));

    await expectRefusal(yard);
  });
});

/** The base's files have to be known for a COPY, and its bytes for a RUN. */
async function expectRefusal(yard: BuildYard): Promise<void> {
  const context = await yard.context({
    Dockerfile: "FROM hostile\nCOPY cargo /etc/\nRUN true\n",
    cargo: "grain\n",
  });

  const result = await yard.build(context, [
    `--destination=${yard.reference("failed:1")}`,
    `--digest-file=${yard.path("results/digest")}`,
  ]);

  expect(result.stderr)
    .to.include("(IMAGE_MALFORMED)\n")
    .and.to.match(/^hint: ./m);
  expect(result.exitCode).to.equal(errorCodes.IMAGE_MALFORMED.exitCode);
  expect(await yard.leftovers()).to.deep.equal([]);
  expect(await tagsOf(yard.registry.host, "failed")).to.deep.equal([]);
}

/** Puts other bytes where the registry keeps a blob, as a broken disk would. */
async function replaceBlob(
  { directory }: DockerRegistry,
  digest: string,
  bytes: Buffer,
): Promise<void> {
  const hex = digest.replace("sha256:", "");
  const blobs = path.join(directory, "docker/registry/v2/blobs/sha256");
  await writeFile(path.join(blobs, hex.slice(0, 2), hex, "data"), bytes);
}

function layer(entries: readonly RawTarEntry[]): Buffer {
  return gzipSync(rawTar(entries));
}

/** Pushes an image of one layer as `hostile`, as no well-behaved tool would, and gives the layer's digest. */
async function pushImage(host: string, layerBytes: Buffer): Promise<string> {
  const repository = `http://${host}/v2/library/hostile`;
  const config = Buffer.from(
    JSON.stringify({
      architecture: { x64: "amd64", arm64: "arm64" }[process.arch as string],
      os: "linux",
      config: { Cmd: ["sh"] },
      rootfs: { type: "layers", diff_ids: [digestOfBytes(layerBytes)] },
    }),
  );
  for (const blob of [config, layerBytes]) {
    const started = await fetch(`${repository}/blobs/uploads/`, { method: "POST" });
    const target = new URL(started.headers.get("location") ?? "", repository);
    target.searchParams.set("digest", digestOfBytes(blob));
    await fetch(target, { method: "PUT", body: new Uint8Array(blob) });
  }
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  const type = "application/vnd.oci.image";
  const describe = (bytes: Buffer, kind: string): object => ({
    mediaType: `${type}.${kind}`,
    digest: digestOfBytes(bytes),
    size: bytes.length,
  });
  const manifest = {
    schemaVersion: 2,
    mediaType,
    config: describe(config, "config.v1+json"),
    layers: [describe(layerBytes, "layer.v1.tar+gzip")],
  };
  const answer = await fetch(`${repository}/manifests/latest`, {
    method: "PUT",
    headers: { "content-type": mediaType },
    body: JSON.stringify(manifest),
  });
  expect(answer.status).to.equal(201);
  return digestOfBytes(layerBytes);
}

function digestOfBytes(bytes: Buffer): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}
