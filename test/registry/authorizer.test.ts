import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { expect } from "chai";
import { mediaTypes } from "../../src/image/media-type.ts";
import { parseReference } from "../../src/image/reference.ts";
import type { Credentials, CredentialsSource } from "../../src/registry/credentials/credentials.ts";
import { basicAuthorization } from "../../src/registry/token.ts";
import { makeCertificate } from "../support/certificates.ts";
import { type DockerRegistry, startDockerRegistry } from "../support/docker-registry.ts";
import { errorOf } from "../support/error-of.ts";
import { startFaultProxy } from "../support/fault-proxy.ts";
import { documentOf, openTestClient, pushTestImage, sourceOf } from "../support/registry-client.ts";
import { makeTemporaryDirectory, type TemporaryDirectory } from "../support/temporary-directory.ts";
import {
  startTokenServer,
  type TokenServer,
  type TokenServerOptions,
} from "../support/token-server.ts";

const right = { kind: "basic", username: "ci", password: "right secret" } as const;
const wrong = { kind: "basic", username: "ci", password: "wrong secret" } as const;

describe("registry/authorizer", () => {
  describe("with basic authentication", () => {
    let registry: DockerRegistry;

    before(async () => {
      registry = await startDockerRegistry({ basic: right });
    });

    after(() => registry[Symbol.asyncDispose]());

    it("pushes and pulls with the right password, and asks for it once", async () => {
      const source = sourceWith(right);
      await using client = await openTestClient([registry.host], { credentials: [source] });

      const pushed = await pushTestImage(client, `${registry.host}/app:1`, { layers: ["x"] });
      const pulled = await client.fetchManifest(parseReference(`${registry.host}/app:1`));

      expect(pulled).to.deep.include(pushed);
      expect(source.asked).to.equal(1);
    });

    it("lets a source ask the registry, as the registry is reached", async () => {
      const seen: number[] = [];
      const asking: CredentialsSource = {
        name: "the test",
        find: async (repository, { send }) => {
          const url = new URL(`http://${repository.registry}/v2/`);
          const response = await send({ method: "GET", url, headers: {} });
          await response.discard();
          seen.push(response.status);
          return { kind: "found", credentials: right, origin: "the registry" };
        },
      };
      await using client = await openTestClient([registry.host], { credentials: [asking] });

      await pushTestImage(client, `${registry.host}/asked:1`, { layers: ["x"] });

      expect(seen).to.deep.equal([401]);
    });

    it("asks a source again when its credentials are over", async () => {
      let asked = 0;
      const short: CredentialsSource = {
        name: "the test",
        find: () => {
          asked += 1;
          const renewAtMs = asked < 3 ? 0 : Infinity;
          return Promise.resolve({
            kind: "found",
            credentials: right,
            origin: "a cloud",
            renewAtMs,
          });
        },
      };
      await using client = await openTestClient([registry.host], { credentials: [short] });

      await pushTestImage(client, `${registry.host}/short:1`, { layers: ["x"] });

      expect(asked).to.equal(3);
    });

    it("asks a source anew, once, when its credentials are refused", async () => {
      const expired = expiringSource(wrong, right);
      const lost = expiringSource(wrong, { ...wrong, password: "wrong again" });
      await using client = await openTestClient([registry.host], { credentials: [expired] });
      await using other = await openTestClient([registry.host], { credentials: [lost] });

      await pushTestImage(client, `${registry.host}/anew:1`, { layers: ["x"] });
      const refused = other.fetchManifest(parseReference(`${registry.host}/anew:1`));

      expect((await errorOf(refused)).code).to.equal("REGISTRY_UNAUTHORIZED");
      expect(expired.forgotten).to.equal(1);
      expect(lost.forgotten).to.equal(1);
    });

    it("takes 403 for credentials that may be over, too", async () => {
      await using proxy = await startFaultProxy(registry.host, ({ headers }) =>
        headers.authorization === basicAuthorization(wrong)
          ? { kind: "answer", status: 403 }
          : undefined,
      );
      const expired = expiringSource(wrong, right);
      await using client = await openTestClient([proxy.host], { credentials: [expired] });

      await pushTestImage(client, `${proxy.host}/denied:1`, { layers: ["x"] });

      expect(expired.forgotten).to.equal(1);
    });

    it("says whose credentials were refused, without the password", async () => {
      await using client = await openTestClient([registry.host], {
        credentials: [sourceWith(wrong)],
      });

      const error = await errorOf(client.fetchManifest(parseReference(`${registry.host}/app:1`)));

      expect(error.code).to.equal("REGISTRY_UNAUTHORIZED");
      expect(error.message).to.include("with the credentials of the test");
      expect(error.message).not.to.include("wrong secret");
      expect(error.retryable).to.equal(false);
    });

    it("says that there are no credentials", async () => {
      await using client = await openTestClient([registry.host]);

      const push = client.pushBlob(parseReference(`${registry.host}/app`), sourceOf("x"));
      const error = await errorOf(push);

      expect(error.code).to.equal("REGISTRY_UNAUTHORIZED");
      expect(error.message).to.include(`without credentials (none are known for ${registry.host})`);
    });

    it("does not go on without credentials when their source fails", async () => {
      const failing: CredentialsSource = {
        name: "the test",
        find: () => Promise.reject(new Error("no keyring")),
      };
      await using client = await openTestClient([registry.host], { credentials: [failing] });

      const outcome = await client
        .fetchManifest(parseReference(`${registry.host}/app:1`))
        .catch((error: unknown) => error);

      expect(outcome).to.have.property("message", "no keyring");
    });
  });

  describe("with tokens", () => {
    let directory: TemporaryDirectory;
    let defaults: TokenServerOptions;

    before(async () => {
      directory = await makeTemporaryDirectory();
      const signer = await makeCertificate(directory.path, "signer");
      defaults = { ...right, signer, refreshToken: "refresh-1" };
    });

    after(() => directory[Symbol.asyncDispose]());

    it("gets one token per repository and access, however many requests there are", async () => {
      await using set = await start();
      await using client = await openTestClient([set.registry.host], {
        credentials: [sourceWith(right)],
      });
      const name = `${set.registry.host}/team/app`;

      await pushTestImage(client, `${name}:1`, { layers: ["a", "b"] });
      await Promise.all([1, 2, 3].map(() => client.fetchManifest(parseReference(`${name}:1`))));

      expect(set.tokens.requests).to.deep.equal([
        { method: "GET", scopes: ["repository:team/app:pull,push"], granted: true },
        { method: "GET", scopes: ["repository:team/app:pull"], granted: true },
      ]);
    });

    it("asks to read the other repository when it mounts a blob", async () => {
      await using set = await start();
      await using client = await openTestClient([set.registry.host], {
        credentials: [sourceWith(right)],
      });
      const [from, to] = [`${set.registry.host}/from`, `${set.registry.host}/to`].map(
        parseReference,
      );
      if (from === undefined || to === undefined) throw new Error("two references");
      const source = sourceOf("mounted");
      await client.pushBlob(from, source);

      const outcome = await client.pushBlob(to, source, { mountFrom: [from] });

      expect(outcome).to.equal("mounted");
      expect(set.tokens.requests.at(-1)?.scopes).to.deep.equal([
        "repository:from:pull",
        "repository:to:pull,push",
      ]);
    });

    it("exchanges a refresh token", async () => {
      await using set = await start();
      await using client = await openTestClient([set.registry.host], {
        credentials: [sourceWith({ kind: "identity-token", token: "refresh-1" })],
      });

      await pushTestImage(client, `${set.registry.host}/app:1`, { layers: [] });

      expect(set.tokens.requests[0]).to.include({ method: "POST", granted: true });
    });

    it("pulls without credentials where that is permitted, and says why it cannot push", async () => {
      await using set = await start({ anonymousPull: true });
      const name = `${set.registry.host}/app:1`;
      await using owner = await openTestClient([set.registry.host], {
        credentials: [sourceWith(right)],
      });
      await pushTestImage(owner, name, { layers: [] });
      await using client = await openTestClient([set.registry.host]);

      await client.fetchManifest(parseReference(name));
      const error = await errorOf(client.pushBlob(parseReference(name), sourceOf("x")));

      expect(error.code).to.equal("REGISTRY_UNAUTHORIZED");
      expect(error.message).to.include("without credentials");
    });

    it("asks a source anew when the token server refuses its credentials", async () => {
      const over = { kind: "identity-token", token: "over" } as const;
      const expired = expiringSource(over, { kind: "identity-token", token: "refresh-1" });
      await using set = await start();
      const { host } = set.registry;
      await using client = await openTestClient([host], { credentials: [expired] });

      await pushTestImage(client, `${host}/anew:1`, { layers: ["x"] });

      expect(expired.forgotten).to.equal(1);
    });

    it("names the credentials that the token server refused", async () => {
      await using set = await start();
      await using client = await openTestClient([set.registry.host], {
        credentials: [sourceWith(wrong)],
      });

      const error = await errorOf(
        client.fetchManifest(parseReference(`${set.registry.host}/app:1`)),
      );

      expect(error.code).to.equal("REGISTRY_UNAUTHORIZED");
      expect(error.message).to.include("with the credentials of the test");
    });

    it("renews a token that is about to expire", async () => {
      // Nothing is ever fresh: the time to renew has come before the token is used again.
      await using set = await start({ saysExpiresIn: 1e-6 });
      await using client = await openTestClient([set.registry.host], {
        credentials: [sourceWith(right)],
      });

      await pushTestImage(client, `${set.registry.host}/app:1`, { layers: ["a"] });

      expect(set.tokens.requests.length).to.be.greaterThan(3);
    });

    it("renews a token that the registry no longer takes", async () => {
      await using set = await start();
      await using proxy = await startFaultProxy(set.registry.host, (request, count) =>
        request.method === "PUT" && count === 1 && request.url.includes("/manifests/")
          ? {
              kind: "answer",
              status: 401,
              headers: { "www-authenticate": challengeOf(set.tokens) },
            }
          : undefined,
      );
      await using client = await openTestClient([proxy.host], {
        credentials: [sourceWith(right)],
      });

      await pushTestImage(client, `${proxy.host}/app:1`, { layers: [] });

      expect(set.tokens.requests).to.have.length(2);
    });

    for (const chunkBytes of [100_000, 1_000_000]) {
      it(`renews a token that expires while a blob is sent in requests of ${chunkBytes} bytes`, async () => {
        // The registry takes tokens for a minute longer than they say: these are good for a moment.
        await using set = await start({ expiresIn: -58 });
        await using proxy = await startFaultProxy(set.registry.host, ({ headers }) =>
          Number(headers["content-length"]) > chunkBytes
            ? { kind: "answer", status: 413 }
            : undefined,
        );
        await using client = await openTestClient([proxy.host], {
          credentials: [sourceWith(right)],
          chunkBytes,
        });
        const used = () =>
          proxy.requests.findLast(({ headers }) => headers.authorization !== undefined)?.headers;
        const source = sourceOf(randomBytes(400_000));
        const open = source.open.bind(source);
        source.open = async () => Readable.from(slowly(await buffer(await open())));
        const slowly = async function* (bytes: Buffer) {
          yield bytes.subarray(0, 150_000);
          const token = used()?.authorization;
          while (await takes(set.registry, token));
          yield bytes.subarray(150_000);
        };
        const repository = parseReference(`${proxy.host}/team/app`);

        const outcome = await client.pushBlob(repository, source);
        await client.putManifest(parseReference(`${proxy.host}/team/app:1`), emptyIndex);

        expect(outcome).to.equal("uploaded");
        expect(set.tokens.requests.length).to.be.greaterThan(1);
      });
    }

    it("does not fetch tokens over plain HTTP when the registry speaks HTTPS only", async () => {
      const challenge = 'Bearer realm="http://127.0.0.1:1/token",service="x"';
      await using registry = await startFaultProxy(undefined, () => ({
        kind: "answer",
        status: 401,
        headers: { "www-authenticate": challenge.replace("http://127.0.0.1:1", "ftp://x") },
      }));
      await using client = await openTestClient([registry.host]);

      const error = await errorOf(client.fetchManifest(parseReference(`${registry.host}/app:1`)));

      expect(error.code).to.equal("REGISTRY_PROTOCOL");
    });

    async function start(options: Partial<TokenServerOptions> = {}): Promise<RegistryWithTokens> {
      const tokens = await startTokenServer({ ...defaults, ...options });
      const registry = await startDockerRegistry({ token: tokens.settings });
      return {
        tokens,
        registry,
        async [Symbol.asyncDispose]() {
          await registry[Symbol.asyncDispose]();
          await tokens[Symbol.asyncDispose]();
        },
      };
    }
  });
});

const emptyIndex = documentOf(mediaTypes.ociIndex, {
  schemaVersion: 2,
  mediaType: mediaTypes.ociIndex,
  manifests: [],
});

async function takes({ host }: DockerRegistry, authorization = ""): Promise<boolean> {
  const answer = await fetch(`http://${host}/v2/`, { headers: { authorization } });
  return answer.ok;
}

interface RegistryWithTokens extends AsyncDisposable {
  readonly tokens: TokenServer;
  readonly registry: DockerRegistry;
}

function challengeOf({ settings }: TokenServer): string {
  return `Bearer realm="${settings.realm}",service="${settings.service}"`;
}

function sourceWith(credentials: Credentials): CredentialsSource & { asked: number } {
  return {
    name: "the test",
    asked: 0,
    find() {
      this.asked += 1;
      return Promise.resolve({ kind: "found", credentials, origin: "the test" });
    },
  };
}

/** Gives `first` until it is told to forget, and `then` afterwards, as a cloud whose token is over. */
function expiringSource(
  first: Credentials,
  then: Credentials,
): CredentialsSource & { forgotten: number } {
  return {
    name: "a cloud",
    forgotten: 0,
    find() {
      const credentials = this.forgotten === 0 ? first : then;
      return Promise.resolve({ kind: "found", credentials, origin: "a cloud" });
    },
    forget() {
      this.forgotten += 1;
    },
  };
}
