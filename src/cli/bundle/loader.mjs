/*
 * dist/slipway.mjs: banner.mjs, and then this. It runs the bundle with the code that V8 made of it when the bundle was built, which
 * halves the start. Where that code is missing, broken, or of another V8, the bundle is compiled as any program is.
 */
/* oxlint-disable no-undef */
import { fileURLToPath } from "node:url";

// By `require`, since to import `node:fs` loads all that it can do.
const { readFileSync } = require("node:fs");
const { setFlagsFromString } = require("node:v8");
const { Script, constants } = require("node:vm");
const { crc32 } = require("node:zlib");

// V8 lets the part of its memory that new objects come from grow to 96 MiB, which saves a build no time. Here, since code is
// taken from a cache only where flags are as they were when it was made.
setFlagsFromString("--semi-space-growth-factor=1");

const filename = fileURLToPath(new URL("slipway.bundle.js", import.meta.url));
const source = readFileSync(filename);

/** For what makes the code cache. */
export const script = new Script(source.latin1Slice(), {
  filename,
  cachedData: readCodeCache(),
  importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
});
script.runInThisContext()(require, bundle);

/** V8 checks that the code is of its version and of a source of this length, but neither of which source nor whether it is whole. */
function readCodeCache() {
  try {
    const file = readFileSync(new URL("slipway.bundle.cache", import.meta.url));
    const code = file.subarray(0, -4);
    return crc32(code, crc32(source)) === file.readUInt32BE(code.length) ? code : undefined;
  } catch {
    return undefined;
  }
}
