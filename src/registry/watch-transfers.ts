import { pipeline, type Readable, Transform } from "node:stream";
import type { Descriptor } from "../image/descriptor.ts";
import { formatRepository, type Repository } from "../image/reference.ts";
import type { Logger } from "../log/logger.ts";
import { Transfer, type TransferFacts } from "../log/transfer.ts";
import type { RegistryClient } from "./registry-client.ts";

/** Less, in bytes, is not worth watching. */
const leastBytes = 1 << 20;

/** A client that says how far it got with large blobs; for `now` see `TransferFacts`. */
export function watchTransfers(
  client: RegistryClient,
  log: Logger,
  now?: () => number,
): RegistryClient {
  const clock = now === undefined ? {} : { now };
  const watched = (
    stream: Readable,
    doing: TransferFacts["doing"],
    [repository, { digest, size }]: readonly [Repository, Descriptor],
  ): Readable => {
    if (size < leastBytes) return stream;
    const what = `${digest.slice(0, 19)} of ${formatRepository(repository)}`;
    return countedStream(stream, new Transfer(log, { doing, what, total: size, ...clock }));
  };
  return {
    ...client,
    openBlob: async (repository, descriptor, options) => {
      const stream = await client.openBlob(repository, descriptor, options);
      return watched(stream, "fetching", [repository, descriptor]);
    },
    pushBlob: (repository, source, options) => {
      const { descriptor } = source;
      const open = async (): Promise<Readable> =>
        watched(await source.open(), "sending", [repository, descriptor]);
      return client.pushBlob(repository, { descriptor, open }, options);
    },
  };
}

function countedStream(stream: Readable, transfer: Transfer): Readable {
  const counting = new Transform({
    transform: (chunk: Uint8Array, _encoding, done) => {
      transfer.moved(chunk.length);
      done(null, chunk);
    },
  });
  // An error passes on to the reader.
  pipeline(stream, counting, () => transfer.end());
  return counting;
}
