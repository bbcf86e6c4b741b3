import { readFile, writeFile } from "node:fs/promises";

const magic = Buffer.from("\x7fELF", "latin1");
const classOffset = 4;
const class64 = 2;
const machineOffset = 18;
const headerBytes = 64;

/**
 * Writes to `file` the program that proot starts in a command's place, and which then loads the
 * command. Version 5.1 carries it, and would write it into /tmp, which may be read-only. Returns
 * whether there is one.
 */
export async function extractLoader(proot: string, file: string): Promise<boolean> {
  const loader = embeddedProgram(await readFile(proot));
  if (loader === undefined) return false;
  await writeFile(file, loader, { mode: 0o755 });
  return true;
}

/** The ELF file inside of another one, for the same machine (elf(5)). */
function embeddedProgram(program: Buffer): Buffer | undefined {
  for (let at = program.indexOf(magic, 1); at > 0; at = program.indexOf(magic, at + 1)) {
    const header = program.subarray(at, at + headerBytes);
    if (header.length < headerBytes || header[classOffset] !== class64) continue;
    if (header.readUInt16LE(machineOffset) !== program.readUInt16LE(machineOffset)) continue;
    return program.subarray(at, at + sizeOf(header));
  }
  return undefined;
}

/** The table of sections comes last. */
function sizeOf(header: Buffer): number {
  const table = Number(header.readBigUInt64LE(40));
  return table + header.readUInt16LE(58) * header.readUInt16LE(60);
}
