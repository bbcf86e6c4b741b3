// Comes first in dist/slipway.mjs, before any code that an old Node could not run.
import { createRequire } from "node:module";

if (Number.parseInt(process.versions.node, 10) < 24) {
  process.stderr.write(`slipway needs Node.js 24 or later, and this is ${process.version}\n`);
  process.exit(2);
}
// What esbuild makes of imports and of import.meta in the code that follows.
/* oxlint-disable no-unused-vars */
const require = createRequire(import.meta.url);
const bundle = import.meta;
