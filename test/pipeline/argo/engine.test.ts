import { expect } from "chai";
import { type EndedContainer, nodeId, type Pod, type RunContainer } from "./engine/execution.ts";
import { type Manifest, parseManifests } from "./manifest.ts";
import { runWorkflow, type WorkflowResult } from "./workflow.ts";

/** What a container did: its exit code, and the files and the text that it left. */
interface Did {
  readonly exitCode?: number;
  readonly stdout?: string;
  readonly files?: Readonly<Record<string, string>>;
}

/** Runs the templates, with a `show` beside them that takes `v`; `act` stands for all containers. */
function run(templates: string, act: (pod: Pod) => Did = () => ({})): Promise<WorkflowResult> {
  return runWorkflow({ workflow: workflowOf(templates), runContainer: runnerOf(act) });
}

function runnerOf(act: (pod: Pod) => Did): RunContainer {
  return (pod): Promise<EndedContainer> => {
    const { exitCode = 0, stdout = "", files = {} } = act(pod);
    const readFile = (name: string): Promise<Buffer | undefined> =>
      Promise.resolve(files[name] === undefined ? undefined : Buffer.from(files[name]));
    return Promise.resolve({ exitCode, log: stdout, stdout, timedOut: false, readFile });
  };
}

function workflowOf(templates: string, more = ""): Manifest {
  const [workflow] = parseManifests(
    [
      "apiVersion: argoproj.io/v1alpha1",
      "kind: Workflow",
      "metadata: {name: w}",
      `spec:\n  entrypoint: main${more}\n  templates:`,
      templates,
      "    - name: show",
      "      inputs: {parameters: [{name: v}]}",
      '      container: {image: i, command: [show], args: ["{{inputs.parameters.v}}"]}',
    ].join("\n"),
  );
  if (workflow === undefined) throw new Error("no workflow");
  return workflow;
}

const argsOf = ({ pods }: WorkflowResult): readonly string[] =>
  pods.flatMap(({ main }) => main.args ?? []);

const twoSteps = (continueOn: string): string => `    - name: main
      steps:
        - - {name: a, template: show, ${continueOn} arguments: {parameters: [{name: v, value: a}]}}
        - - {name: b, template: show, arguments: {parameters: [{name: v, value: "{{steps.a.exitCode}}"}]}}`;
const failFirst = ({ argv }: Pod): Did => ({ exitCode: argv[1] === "a" ? 4 : 0 });

/** What the vectors do not show. */
describe("pipeline/argo/engine", () => {
  it("does not start what the linter refuses, or what lacks an argument", async () => {
    const main = "    - {name: main, container: {image: i, command: [c]}}";
    const runContainer = runnerOf(() => ({}));

    const refused = await run("    - {name: main, container: {command: [c]}}");
    const workflow = workflowOf(main, "\n  arguments: {parameters: [{name: image}]}");
    const { status } = await runWorkflow({ workflow, runContainer });

    expect(refused.status.message).to.equal(
      "invalid spec: templates.main.container.image may not be empty",
    );
    expect(status.message).to.match(/^invalid spec: spec\.arguments\.image\.value .* required$/);
  });

  it("ends a steps template with the group that fails, unless its step continues", async () => {
    const failed = await run(twoSteps(""), failFirst);
    const continued = await run(twoSteps("continueOn: {failed: true},"), failFirst);

    expect(failed.status).to.deep.equal({
      phase: "Failed",
      message: `child '${nodeId("w", "w[0].a")}' failed`,
    });
    expect(argsOf(failed)).to.deep.equal(["a"]);
    expect(continued.status).to.deep.equal({ phase: "Succeeded" });
    expect(argsOf(continued)).to.deep.equal(["a", "4"]);
  });

  it("omits tasks whose condition does not hold, and is what ran before them", async () => {
    const dag = `    - name: main
      dag:
        tasks:
          - {name: a, template: show, arguments: {parameters: [{name: v, value: a}]}}
          - {name: b, template: show, depends: a.Succeeded, arguments: {parameters: [{name: v, value: b}]}}
          - {name: c, template: show, depends: b, arguments: {parameters: [{name: v, value: c}]}}`;

    const { status, nodes, pods } = await run(dag, () => ({ exitCode: 1 }));

    expect(status).to.deep.equal({ phase: "Failed" });
    expect(pods).to.have.length(1);
    expect(nodes.filter(({ phase }) => phase === "Omitted")).to.have.length(2);
  });

  it("gives up after the last retry, with the last attempt's outputs", async () => {
    const template = `    - name: main
      retryStrategy: {limit: 1}
      container: {image: i, command: [c], args: ["{{retries}}"]}
      outputs: {parameters: [{name: o, valueFrom: {path: /o}}]}`;

    const result = await run(template, ({ argv }) => ({
      exitCode: 1,
      files: { "/o": `attempt ${argv[1]}\n` },
    }));

    expect(result.status).to.deep.equal({ phase: "Failed", message: "No more retries left" });
    expect(argsOf(result)).to.deep.equal(["0", "1"]);
    const { outputs } = result.nodes.at(-1) ?? {};
    expect(outputs?.parameters?.[0]?.value).to.equal("attempt 1");
  });

  it("hands outputs of a DAG to its caller, with a default for what did not run", async () => {
    const templates = `    - name: main
      steps:
        - - {name: build, template: build}
        - - {name: use, template: show, arguments: {parameters: [{name: v, value: "{{steps.build.outputs.parameters.digest}}|{{steps.build.outputs.parameters.other}}"}]}}
    - name: build
      dag:
        tasks:
          - {name: one, template: one}
          - {name: two, template: one, when: "1 == 2"}
      outputs:
        parameters:
          - {name: digest, valueFrom: {parameter: "{{tasks.one.outputs.parameters.o}}"}}
          - {name: other, valueFrom: {parameter: "{{tasks.two.outputs.parameters.o}}", default: none}}
    - name: one
      container: {image: i, command: [c]}
      outputs: {parameters: [{name: o, valueFrom: {path: /o}}]}`;

    const result = await run(templates, () => ({ files: { "/o": "sha256:abc" } }));

    expect(argsOf(result)).to.deep.equal(["sha256:abc|none"]);
  });

  it("fans out over a sequence", async () => {
    const dag = `    - name: main
      dag:
        tasks:
          - {name: a, template: show, withSequence: {start: "3", end: "5"}, arguments: {parameters: [{name: v, value: "{{item}}"}]}}`;

    expect(argsOf(await run(dag))).to.deep.equal(["3", "4", "5"]);
  });

  it("leaves the tag of an output as text where a fan-out had no items", async () => {
    const dag = `    - name: main
      dag:
        tasks:
          - {name: a, template: one, withParam: "[]"}
          - {name: b, depends: a, template: show, arguments: {parameters: [{name: v, value: "{{tasks.a.outputs.parameters.o}}"}]}}
    - name: one
      container: {image: i, command: [c]}
      outputs: {parameters: [{name: o, valueFrom: {path: /o}}]}`;

    expect(argsOf(await run(dag))).to.deep.equal(["{{tasks.a.outputs.parameters.o}}"]);
  });

  it("tells the exit handler of failures, and takes over its own failure", async () => {
    const templates = `    - {name: main, container: {image: i, command: [main]}}
    - {name: bye, container: {image: i, command: [bye], args: ["{{workflow.status}}", "{{workflow.failures}}"]}}`;
    const workflow = workflowOf(templates, "\n  onExit: bye");
    const runContainer = runnerOf(({ argv }) => ({ exitCode: argv[0] === "main" ? 3 : 5 }));

    const result = await runWorkflow({ workflow, runContainer });

    const [status, failures = ""] = argsOf(result);
    expect(status).to.equal("Failed");
    expect(JSON.parse(JSON.parse(failures) as string)).to.have.nested.property(
      "[0].message",
      "main: Error (exit code 3)",
    );
    expect(result.status.message).to.equal("main: Error (exit code 5)");
  });

  it("refuses keys of a cache that Argo refuses", async () => {
    const template = `    - name: main
      memoize: {key: "registry.example/app", cache: {configMap: {name: c}}}
      container: {image: i, command: [c]}`;

    const { status } = await run(template);

    expect(status).to.deep.equal({
      phase: "Error",
      message: "invalid cache key: registry.example/app",
    });
  });

  it("refuses mounts of volumes that are not there, as those of a template's own file are", async () => {
    const templates = parseManifests(`
      apiVersion: argoproj.io/v1alpha1
      kind: WorkflowTemplate
      metadata: {name: t}
      spec:
        volumes: [{name: work, emptyDir: {}}]
        templates:
          - name: build
            container: {image: i, command: [c], volumeMounts: [{name: work, mountPath: /wsp}]}
    `);
    const workflow = workflowOf(`    - name: main
      dag: {tasks: [{name: a, templateRef: {name: t, template: build}}]}`);
    const runContainer = runnerOf(() => ({}));

    const { nodes } = await runWorkflow({ workflow, templates, runContainer });

    expect(nodes[0]).to.include({
      phase: "Error",
      message: 'volumeMounts[0].name: Not found: "work"',
    });
  });

  it("hands an input artifact on to each item of a fan-out", async () => {
    const templates = `    - name: main
      inputs: {artifacts: [{name: given, raw: {data: text}}]}
      dag:
        tasks:
          - {name: a, template: build, withItems: [x, y], arguments: {artifacts: [{name: source, from: "{{inputs.artifacts.given}}"}]}}
    - name: build
      inputs: {artifacts: [{name: source, path: /src}]}
      container: {image: i, command: [c]}`;

    const { status, pods } = await run(templates);

    expect(status).to.deep.equal({ phase: "Succeeded" });
    expect(pods).to.have.length(2);
    for (const { inputArtifacts } of pods) {
      expect(inputArtifacts).to.deep.equal([
        { name: "source", path: "/src", raw: { data: "text" } },
      ]);
    }
  });

  it("patches pods, with values of inputs and of the workflow in one expression", async () => {
    const template = `    - name: main
      inputs: {parameters: [{name: patch, value: '{"nodeSelector":{"a":"b"},"securityContext":{"fsGroup":7}}'}]}
      podSpecPatch: "{{inputs.parameters.patch}}"
      container:
        image: i
        command: [c]
        args: ["{{=workflow.name + inputs.parameters.patch[0]}}", "{{=sprig.sha256sum('')}}"]
        securityContext: {runAsUser: 1, capabilities: {drop: [ALL]}}`;
    const patch = `
      containers: [{name: main, env: [{name: A, value: b}], securityContext: {capabilities: {drop: [CHOWN]}}}]`;
    const workflow = workflowOf(template, `\n  podSpecPatch: |${patch}`);

    const { pods } = await runWorkflow({ workflow, runContainer: runnerOf(() => ({})) });

    const [pod] = pods;
    expect(pod?.more).to.deep.equal({ nodeSelector: { a: "b" } });
    expect(pod?.securityContext).to.deep.equal({ fsGroup: 7 });
    expect(pod?.main.securityContext).to.deep.equal({
      runAsUser: 1,
      capabilities: { drop: ["CHOWN"] },
    });
    expect(pod?.main.env?.map(({ name }) => name)).to.include.members(["A", "ARGO_NODE_ID"]);
    expect(pod?.main.args).to.deep.equal([
      "w{",
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    ]);
  });
});
