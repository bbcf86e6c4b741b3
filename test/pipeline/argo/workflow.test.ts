import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect } from "chai";
import { writeBusyboxImage } from "../../support/busybox-image.ts";
import { layoutTag } from "../../support/oci-layout.ts";
import { hasPods } from "../../support/pods.ts";
import {
  makeTemporaryDirectory,
  type TemporaryDirectory,
} from "../../support/temporary-directory.ts";
import { hasPipelineVectors, readVectorFile, vectorNames } from "./argo-vectors.ts";
import type { Pod, PodRun, RunContainer, WorkflowNode } from "./engine/execution.ts";
import type { Container, Manifest } from "./manifest.ts";
import { parseManifests } from "./manifest.ts";
import { podRunner } from "./pod-runner.ts";
import { runWorkflow, type WorkflowStatus } from "./workflow.ts";

const run = promisify(execFile);

interface ExpectedPod {
  readonly node: string;
  readonly main: Container;
  readonly argv: readonly string[];
  readonly volumes: readonly { readonly name: string }[];
  readonly podSecurityContext: object;
  readonly exitCode: number;
  readonly log: string;
}

interface ExpectedOutputs {
  readonly workflow: WorkflowStatus & { readonly progress: string };
  readonly nodes: readonly (WorkflowNode & {
    readonly progress?: string;
    readonly children?: readonly string[];
  })[];
}

/** Lines of logs that cannot be the same, as the emulation has them, with the reasons. */
const otherLines: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  // The pod program has users of its own.
  "15-secrets-and-volumes": { "65532": "1000" },
  // The first process is the command; signals go to it, not to a group, so its child is not ended.
  "19-deadline-signal": { "Terminated\n": "" },
  "20-executor-files": {
    "pid1 /var/run/argo/argoexec emissary": 'pid1 /bin/sh -c echo "== env"; env |',
  },
};

/** What the progress file holds at last. */
const lastProgress: Readonly<Record<string, string>> = { "20-executor-files": "4/4\n" };

describe("pipeline/argo/workflow (needs root, and the pods beside the project)", function () {
  this.timeout(60_000);
  let place: TemporaryDirectory;

  if (!hasPipelineVectors || !hasPods()) it("has no vectors or pods here to be compared with");

  before(async () => {
    place = await makeTemporaryDirectory();
    await writeBusyboxImage(place.join("image"));
    const image = `${place.join("image")}:${layoutTag}`;
    await run("umoci", ["unpack", "--image", image, place.join("bundle")]);
  });

  after(() => place?.[Symbol.asyncDispose]());

  for (const name of hasPods() ? vectorNames("argo") : []) {
    const why = readVectorFile(`argo/${name}/why.txt`)
      .split(/[:.;]\s/)[0]
      ?.trim();
    it(`${name}: ${why}`, async () => {
      const manifests = ["template.yaml", "extra.yaml"].flatMap((file) =>
        vectorNames(`argo/${name}`).includes(file)
          ? parseManifests(readVectorFile(`argo/${name}/${file}`))
          : [],
      );
      const [workflow] = parseManifests(readVectorFile(`argo/${name}/workflow.yaml`));
      if (workflow === undefined) throw new Error("no workflow");
      const isRestricted = name === "15-secrets-and-volumes";
      const runContainer = podRunner({
        profile: isRestricted ? "restricted" : "default",
        image: {
          layers: () => Promise.resolve([place.join("bundle/rootfs")]),
          environment: { PATH: "/bin" },
        },
        directory: place.path,
        secrets: secretsOf(manifests),
        second: 300,
      });

      const { status, nodes, pods } = await runWorkflow({
        workflow,
        templates: manifests.filter(({ kind }) => kind !== "Secret"),
        runContainer: quick(runContainer),
      });

      const outputs = JSON.parse(readVectorFile(`argo/${name}/outputs.json`)) as ExpectedOutputs;
      const { progress: _, ...expectedStatus } = outputs.workflow;
      expect(status).to.deep.equal(expectedStatus);
      expect(byName(nodes.map(shortened))).to.deep.equal(byName(outputs.nodes.map(observed)));
      for (const { end } of pods) expect(end.progress).to.equal(lastProgress[name] ?? "");
      const expectedPods = JSON.parse(readVectorFile(`argo/${name}/pod.json`)) as ExpectedPod[];
      expect(pods.map(shownPod).toSorted(byNode)).to.deep.equal(
        expectedPods.map((pod) => expectedPod(pod, otherLines[name])).toSorted(byNode),
      );
    });
  }
});

/** Waits in a container's command are shortened, in what is run only. */
function quick(runContainer: RunContainer): RunContainer {
  return (pod: Pod) =>
    runContainer({ ...pod, argv: pod.argv.map((text) => text.replaceAll("sleep 4", "sleep 0.1")) });
}

function secretsOf(manifests: readonly Manifest[]): Record<string, Record<string, string>> {
  const secrets = manifests.filter(({ kind }) => kind === "Secret") as unknown as readonly {
    readonly metadata: { readonly name: string };
    readonly stringData: Record<string, string>;
  }[];
  return Object.fromEntries(secrets.map(({ metadata, stringData }) => [metadata.name, stringData]));
}

/** Without `progress` and `children`, which are for display: nothing can refer to them. */
function observed(expected: ExpectedOutputs["nodes"][number]): object {
  const { progress: _, children: _children, ...node } = expected;
  return node;
}

/** Long values are described in the vectors. */
function shortened(node: WorkflowNode): object {
  const text = JSON.stringify(node, (_, value: unknown) =>
    typeof value === "string" && value.length > 4000
      ? { length: value.length, start: value.slice(0, 20), end: value.slice(-20) }
      : value,
  );
  return JSON.parse(text) as object;
}

function byName(nodes: readonly object[]): Readonly<Record<string, object>> {
  return Object.fromEntries(nodes.map((node) => [(node as WorkflowNode).name, node]));
}

function byNode(left: { readonly node: string }, right: { readonly node: string }): number {
  return left.node < right.node ? -1 : 1;
}

/** The vectors leave out `imagePullPolicy`. */
function shownPod({ node, main, argv, volumes, securityContext, end }: PodRun): ExpectedPod {
  const { imagePullPolicy: _, ...shown } = main as Container & { imagePullPolicy?: string };
  const { exitCode, log } = end;
  return {
    node,
    main: shown,
    argv,
    volumes,
    podSecurityContext: securityContext,
    exitCode,
    log,
  };
}

/** The last line of a failed container is the emissary's. */
function expectedPod(pod: ExpectedPod, lines: Readonly<Record<string, string>> = {}): ExpectedPod {
  let log = pod.log.replace(/Error: exit status \d+\n$/, "");
  for (const [theirs, ours] of Object.entries(lines)) log = log.replace(theirs, ours);
  return { ...pod, log };
}
