/** As OpenSSH's: a longer message is no message of an agent. */
const longestFrame = 256 * 1024;
const headerBytes = 4;

/**
 * Parts a connection into the messages of the ssh agent protocol (draft-miller-ssh-agent, 3), each
 * with the four bytes of its length. Ends with the connection, or with the first that is too long
 * or empty.
 * @yields messages, lengths included
 */
export async function* readFrames(connection: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let pending: Buffer = Buffer.alloc(0);
  for await (const chunk of connection) {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= headerBytes) {
      const length = pending.readUInt32BE(0);
      if (length === 0 || length > longestFrame) return;
      const end = headerBytes + length;
      if (pending.length < end) break;
      yield pending.subarray(0, end);
      pending = pending.subarray(end);
    }
  }
}

/** The type of a message. */
export function frameType(frame: Buffer): number {
  return frame.readUInt8(headerBytes);
}

/** The whole message that has this type and no more. */
export function bareFrame(type: number): Buffer {
  const frame = Buffer.alloc(headerBytes + 1);
  frame.writeUInt32BE(1, 0);
  frame.writeUInt8(type, headerBytes);
  return frame;
}
