import { execFile } from "node:child_process";
import { globSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { gunzipSync } from "node:zlib";
import { expect } from "chai";
import type { Descriptor } from "../../src/image/descriptor.ts";
import { digestOf } from "../../src/image/digest.ts";
import type { Manifest } from "../pipeline/tekton/manifests.ts";
import { readManifests } from "../pipeline/tekton/read-manifests.ts";
import { outputOf } from "../support/command.ts";
import { type DockerRegistry, startDockerRegistry } from "../support/docker-registry.ts";
import { openTestClient, pushTestImage } from "../support/registry-client.ts";
import { makeTemporaryDirectory } from "../support/temporary-directory.ts";
import { packageOf, stepActionPackages, taskPackages } from "./manifests.ts";

const run = promisify(execFile);
const program = path.resolve("tasks/publish.ts");

interface Ended {
  readonly code?: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the program with these variables instead of the tests' own. */
function publishIn(
  environment: Readonly<Record<string, string>>,
  host: string,
  ...args: readonly string[]
): Promise<Ended> {
  return run(process.execPath, [program, ...args, "--insecure-registry", host], {
    env: environment,
  }).catch((error: unknown) => error as Ended);
}

function publish(host: string, ...args: readonly string[]): Promise<Ended> {
  return publishIn({}, host, ...args);
}

interface StoredManifest {
  readonly artifactType?: string;
  readonly config: Descriptor;
  readonly layers: readonly (Descriptor & { readonly annotations: Record<string, string> })[];
}

/** An image as skopeo takes it from the registry, verified: its manifest and its blobs. */
async function pulled(reference: string, directory: string) {
  outputOf([
    "skopeo",
    "copy",
    "--src-tls-verify=false",
    `docker://${reference}`,
    `dir:${directory}`,
  ]);
  const blob = ({ digest }: Descriptor): Promise<Buffer> =>
    readFile(path.join(directory, digest.replace("sha256:", "")));
  const text = await readFile(path.join(directory, "manifest.json"), "utf8");
  return { manifest: JSON.parse(text) as StoredManifest, blob };
}

/** The only member of a tar archive: its name, and its bytes. */
function onlyMember(archive: Buffer): readonly [name: string, content: string] {
  const names = outputOf(["tar", "-t"], archive).toString("utf8").trimEnd().split("\n");
  return [names.join(", "), outputOf(["tar", "-xO"], archive).toString("utf8")];
}

describe("tasks/publish", () => {
  let registry: DockerRegistry;
  before(async () => {
    registry = await startDockerRegistry();
  });
  after(async () => {
    await registry[Symbol.asyncDispose]();
  });

  it("pushes a bundle that follows Tekton's contract, with every Task and StepAction as it is", async () => {
    await using directory = await makeTemporaryDirectory();
    const reference = `${registry.host}/tools/tasks:0.1`;
    const { stdout } = await publish(registry.host, reference);
    const { blob, manifest } = await pulled(reference, directory.path);

    const resources: string[] = [];
    const diffIds: string[] = [];
    for (const layer of manifest.layers) {
      const archive = gunzipSync(await blob(layer));
      const [name, text] = onlyMember(archive);
      const [resource, ...others] = readManifests(text);
      expect(others).to.deep.equal([]);
      expect(layer.mediaType).to.equal("application/vnd.oci.image.layer.v1.tar+gzip");
      expect(layer.annotations).to.deep.equal({
        "dev.tekton.image.name": resource?.metadata?.name,
        "dev.tekton.image.kind": resource?.kind.toLowerCase(),
        "dev.tekton.image.apiVersion": resource?.apiVersion,
      });
      expect(name).to.equal(resource?.metadata?.name);
      resources.push(text);
      diffIds.push(digestOf(archive));
    }

    const packages = [...taskPackages, ...stepActionPackages];
    expect(resources).to.have.members(packages.map(({ name, read }) => read(`${name}.yaml`)));
    const config = JSON.parse((await blob(manifest.config)).toString()) as object;
    expect(config).to.deep.include({ rootfs: { type: "layers", diff_ids: diffIds } });
    expect(stdout).to.match(new RegExp(`^${reference}@sha256:[0-9a-f]{64}$`, "m"));
  });

  it("pushes each Task as an artifact whose only layer is its YAML", async () => {
    const repository = `${registry.host}/tools/artifacts`;
    await publish(registry.host, `${repository}:0.1`);

    for (const { name, read, version } of taskPackages) {
      await using directory = await makeTemporaryDirectory();
      const { blob, manifest } = await pulled(`${repository}:${name}-${version}`, directory.path);
      const [layer, ...others] = manifest.layers;

      expect(others).to.deep.equal([]);
      expect(manifest.artifactType).to.equal("application/vnd.tekton.task.v1+yaml");
      expect(manifest.config.mediaType).to.equal("application/vnd.oci.empty.v1+json");
      expect(layer?.mediaType).to.equal("application/yaml");
      expect(layer?.annotations).to.deep.equal({
        "org.opencontainers.image.title": `${name}.yaml`,
      });
      expect((await blob(layer as Descriptor)).toString()).to.equal(read(`${name}.yaml`));
    }
  });

  it("makes the same digests of the same files, wherever it pushes them", async () => {
    const one = await publish(registry.host, `${registry.host}/tools/one:1`);
    const two = await publish(registry.host, `${registry.host}/tools/two:2`);
    const digests = one.stdout.match(/sha256:[0-9a-f]{64}/g);

    expect(digests).to.have.length(taskPackages.length + 1);
    expect(two.stdout.match(/sha256:[0-9a-f]{64}/g)).to.deep.equal(digests);
  });

  it("names the builder image by version and digest in all that it publishes", async () => {
    await using directory = await makeTemporaryDirectory();
    await using client = await openTestClient([registry.host]);
    const builder = `${registry.host}/tools/slipway:1.2.3`;
    const { descriptor } = await pushTestImage(client, builder, { layers: ["slipway"] });
    const pinned = `${builder}@${descriptor.digest}`;
    const reference = `${registry.host}/tools/pinned:0.1`;
    const manifests = directory.join("manifests");
    const options = ["--builder-image", builder, "--manifests", manifests];
    await publish(registry.host, reference, ...options);

    const { blob, manifest } = await pulled(reference, directory.join("bundle"));
    const inBundle = await Promise.all(
      manifest.layers.map(async (layer) => onlyMember(gunzipSync(await blob(layer)))[1]),
    );
    const written = (pattern: string): Promise<readonly string[]> =>
      Promise.all(
        globSync(pattern, { cwd: manifests }).map((file) =>
          readFile(path.join(manifests, file), "utf8"),
        ),
      );
    const templates = await written("workflows/*/*/*.yaml");

    expect(await written("{task,stepaction}/*/*/*.yaml")).to.have.members(inBundle);
    expect(templates).not.to.deep.equal([]);
    for (const text of [...inBundle, ...templates]) {
      expect(text).to.match(new RegExp(`(default|value): ${pinned}\n`));
      expect(text).not.to.include("registry.example.com/tools/slipway");
    }
  });

  it("writes the catalog's layout, with all that belongs to a package", async () => {
    await using directory = await makeTemporaryDirectory();
    await publish(registry.host, `${registry.host}/tools/x:1`, "--manifests", directory.path);

    const { read } = packageOf(taskPackages, "slipway");
    const inCatalog = (file: string) => readFile(directory.join(file), "utf8");
    for (const file of ["slipway.yaml", "README.md", "samples/taskrun.yaml"]) {
      expect(await inCatalog(`task/slipway/0.1/${file}`)).to.equal(read(file));
    }
    const [stepAction] = readManifests(await inCatalog("stepaction/slipway/0.1/slipway.yaml"));
    expect((stepAction as Manifest).kind).to.equal("StepAction");
    expect(await inCatalog("task/artifacthub-repo.yml")).to.include("Artifact Hub");
    expect(globSync("{task,workflows}/**/*.ts", { cwd: directory.path })).to.deep.equal([]);
  });

  it("logs in with the credentials of docker's config.json", async () => {
    const basic = { username: "publisher", password: "secret" };
    await using directory = await makeTemporaryDirectory();
    await using closed = await startDockerRegistry({ basic });
    const reference = `${closed.host}/tools/tasks:0.1`;
    const auth = Buffer.from("publisher:secret").toString("base64");
    const config = { auths: { [closed.host]: { auth } } };
    await writeFile(directory.join("config.json"), JSON.stringify(config));
    const environment = { DOCKER_CONFIG: directory.path };

    expect((await publish(closed.host, reference)).stderr).to.include("REGISTRY_UNAUTHORIZED");
    expect((await publishIn(environment, closed.host, reference)).stdout).to.include(reference);
  });

  for (const [what, args, message] of [
    ["no reference", [], "one reference to push the bundle to is needed"],
    ["a flag that it does not know", ["--force"], "Unknown option '--force'"],
    ["a builder image without a version", ["r/a:1", "--builder-image", "r/b"], "no version"],
    ["the tag of a Task for the bundle", ["r/a:slipway-0.1"], "the bundle needs another"],
  ] as const) {
    it(`pushes nothing, and says why, when it is given ${what}`, async () => {
      const before = registry.log();
      const { code, stderr } = await publish(
        registry.host,
        ...args.map((argument) => argument.replace(/^r\//, `${registry.host}/`)),
      );

      expect(code).to.equal(2);
      expect(stderr).to.match(/^error: .*\(USAGE_/);
      expect(stderr).to.include(message);
      expect(registry.log()).to.equal(before);
    });
  }
});
