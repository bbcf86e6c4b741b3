const { Visitor } = require("@swc/core/Visitor.js");

// swc's visitor throws at `using` declarations, and with it the whole run would end.
const { visitStatement } = Visitor.prototype;
Visitor.prototype.visitStatement = function visitUsing(statement) {
  if (statement.type !== "UsingDeclaration") return visitStatement.call(this, statement);
  this.visitVariableDeclarators(statement.decls);
  return statement;
};

// Imports go downward only: each folder of src may import itself and the folders named here (docs/architecture.md).
const allowed = {
  errors: [],
  support: ["errors"],
  log: ["errors", "support"],
  dockerfile: ["errors"],
  image: ["errors"],
  filetree: ["errors", "image"],
  plan: ["errors", "image", "dockerfile", "filetree"],
  layer: ["errors", "support", "log", "image", "filetree"],
  registry: ["errors", "support", "log", "image"],
  rootfs: ["errors", "support", "log", "filetree", "layer"],
  isolation: ["errors", "support", "log", "filetree", "rootfs"],
  context: ["errors", "support", "log", "image", "filetree", "layer", "dockerfile"],
  output: ["errors", "support", "log", "image", "layer", "registry"],
  cache: ["errors", "support", "log", "image", "filetree", "layer", "registry", "output"],
  transfer: ["errors", "support", "log", "image", "layer", "registry", "output"],
  build: [
    ...["errors", "support", "log", "image", "dockerfile", "filetree", "plan", "layer", "registry"],
    ...["rootfs", "isolation", "context", "output", "cache"],
  ],
  pipeline: ["errors", "support", "image"],
  fanout: ["errors", "image", "dockerfile", "plan"],
  report: ["errors", "support", "log", "image", "plan"],
};

const layers = Object.entries(allowed).map(([folder, may]) => ({
  name: `layer-${folder}`,
  severity: "error",
  from: { path: `^src/${folder}/` },
  to: { path: "^src/", pathNot: `^src/(${[folder, ...may].join("|")})/` },
}));

const only = (name, folders, packages) => ({
  name: `${name}-only-in-${folders}`,
  severity: "error",
  from: { path: "^src/", pathNot: `^src/(${folders})` },
  to: { path: `node_modules/(${packages})/` },
});

module.exports = {
  forbidden: [
    ...layers,
    { name: "no-circular", severity: "error", from: {}, to: { circular: true } },
    {
      name: "pure-no-io",
      severity: "error",
      from: { path: "^src/(errors|image|dockerfile|filetree|plan)/" },
      to: { dependencyTypes: ["core"], pathNot: "^(node:)?(crypto|path|util|buffer)$" },
    },
    only("pino", "log/", "pino|pino-pretty"),
    only("yargs", "cli/", "yargs|@types/yargs"),
    only("koffi", "rootfs/posix", "koffi"),
    only("yaml", "fanout/", "yaml"),
    only("cloud-sdks", "(registry/credentials/cloud|support/clouds|context/buckets)/.*-sdk\\.mjs$", "@aws-sdk|@azure|@google-cloud|google-auth-library"),
    only("undici", "registry/|support/clouds/|context/http-", "undici"),
    { name: "src-not-test", severity: "error", from: { path: "^src/" }, to: { path: "^test/" } },
    {
      name: "no-dev-dependency-in-src",
      severity: "error",
      from: { path: "^src/" },
      to: { dependencyTypes: ["npm-dev"], pathNot: "node_modules/@types/" },
    },
  ],
  options: {
    parser: "swc",
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      extensions: [".ts", ".js", ".mjs"],
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default", "types"],
    },
  },
};
