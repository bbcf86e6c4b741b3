/** A tar entry as hostile or odd as a test wants it: nothing is checked or completed. */
export interface RawTarEntry {
  readonly name: string;
  /** `0` file, `1` hard link, `2` symlink, `5` directory, `x` PAX header. */
  readonly type: string;
  readonly link?: string;
  readonly body?: string;
  /** What the header says of the body's size; its true size where absent. */
  readonly claimedSize?: number;
}

const blockSize = 512;

/** The bytes of a tar archive in ustar format, with the two zero blocks at its end. */
export function rawTar(entries: readonly RawTarEntry[]): Buffer {
  return Buffer.concat([...entries.map(entryBytes), Buffer.alloc(2 * blockSize)]);
}

function entryBytes({ name, type, link = "", body = "", claimedSize }: RawTarEntry): Buffer {
  const content = Buffer.from(body);
  const header = Buffer.alloc(blockSize);
  header.write(name, 0, 100);
  header.write("0000644\0", 100);
  header.write("0000000\0", 108);
  header.write("0000000\0", 116);
  header.write(`${octal(claimedSize ?? content.length, 11)}\0`, 124);
  header.write(`${octal(0, 11)}\0`, 136);
  header.write(" ".repeat(8), 148);
  header.write(type, 156);
  header.write(link, 157, 100);
  header.write("ustar\x0000", 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${octal(sum, 6)}\0 `, 148);
  const padding = Buffer.alloc((blockSize - (content.length % blockSize)) % blockSize);
  return Buffer.concat([header, content, padding]);
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, "0");
}
