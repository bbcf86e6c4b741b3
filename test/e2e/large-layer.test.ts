import { randomBytes } from "node:crypto";
import { open } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { BuildYard } from "../support/build-yard.ts";
import { type DockerRegistry, startDockerRegistry } from "../support/docker-registry.ts";
import { manifestOf } from "../support/registry-queries.ts";
import { type SlipwayResult, startSlipway } from "../support/slipway-cli.ts";

const megabyte = 1e6;
const layerMegabytes = 400;
const mostMegabytes = 300;

/** Runs a program, and ends what that writes to standard error with the peak of its memory, in KiB. */
const launcher = [
  "python3",
  "-c",
  `
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:]).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(code)
`,
];
// A heap that must not hold even a part of the layer; its bytes are kept beside the heap.
const environment = { NODE_OPTIONS: "--max-old-space-size=64" };

/** `npm run bench:large` does the same with 5 GB. */
describe("e2e/large-layer", function () {
  this.timeout(300_000);
  let yard: BuildYard;
  let elsewhere: DockerRegistry;

  before(async () => {
    yard = await BuildYard.open();
    elsewhere = await startDockerRegistry();
  });

  after(async () => {
    await elsewhere[Symbol.asyncDispose]();
    await yard[Symbol.asyncDispose]();
  });

  it("takes less memory than the layer has, built, pushed and copied", async () => {
    const context = await yard.context({ Dockerfile: "FROM scratch\nCOPY large /\n" });
    await writeLarge(path.join(context, "large"));
    const [name, copy] = [yard.reference("large:1"), `${elsewhere.host}/large:1`];

    const built = await yard.build(context, [`--destination=${name}`, "--compression-level=1"], {
      launcher,
      environment,
    });
    const insecure = [yard.registry, elsewhere].map(({ host }) => `--insecure-registry=${host}`);
    const copied = await startSlipway(["copy", name, copy, ...insecure], {
      launcher,
      environment: { ...environment, DOCKER_CONFIG: yard.path("docker") },
    }).result;

    const { layers } = await manifestOf(elsewhere.host, "large", "1");
    expect(layers[0]?.size).to.be.greaterThan(layerMegabytes * megabyte);
    for (const result of [built, copied]) {
      expect(result.exitCode, result.stderr).to.equal(0);
      expect(peakMegabytes(result)).to.be.within(50, mostMegabytes);
    }
  });
});

/** Random bytes, which come again only where no compression looks back to. */
async function writeLarge(file: string): Promise<void> {
  const block = randomBytes(50 * megabyte);
  await using large = await open(file, "w");
  for (let written = 0; written < layerMegabytes; written += 50) await large.writeFile(block);
}

function peakMegabytes({ stderr }: SlipwayResult): number {
  return (Number(stderr.trimEnd().split("\n").at(-1)) * 1024) / megabyte;
}
