import { expect } from "chai";
import { parseReference } from "../../src/image/reference.ts";
import { type DockerRegistry, startDockerRegistry } from "../support/docker-registry.ts";
import { errorOf } from "../support/error-of.ts";
import { type ProxyAction, type ProxyScript, startFaultProxy } from "../support/fault-proxy.ts";
import { openTestClient, pushTestImage } from "../support/registry-client.ts";

describe("registry/list-tags", () => {
  let registry: DockerRegistry;

  before(async () => {
    registry = await startDockerRegistry();
  });

  after(() => registry[Symbol.asyncDispose]());

  it("lists what a registry has", async () => {
    await using client = await openTestClient([registry.host]);
    for (const tag of ["one", "two"]) {
      await pushTestImage(client, `${registry.host}/app:${tag}`, { layers: [tag] });
    }

    expect(await list(registry.host)).to.have.members(["one", "two"]);
  });

  it("says so where there is no such repository", async () => {
    await using client = await openTestClient([registry.host]);

    const error = await errorOf(client.listTags(parseReference(`${registry.host}/nowhere`)));

    expect(error.code).to.equal("REGISTRY_NOT_FOUND");
  });

  for (const [form, prefix] of [
    ["relative", ""],
    ["absolute", "http://HOST"],
  ] as const) {
    it(`follows ${form} addresses of further pages`, async () => {
      await using server = await startFaultProxy(undefined, ({ url, headers }) => {
        const origin = prefix.replace("HOST", headers.host ?? "");
        const link = (last: string): string =>
          `<${origin}/v2/app/tags/list?n=1000&last=${last}>; rel="next"`;
        if (url.endsWith("last=b")) return page(["c"], link("c"));
        if (url.endsWith("last=c")) return page(null);
        return page(["a", "b"], link("b"));
      });

      expect(await list(server.host)).to.deep.equal(["a", "b", "c"]);
      expect(server.requests.filter(({ url }) => url.includes("tags/list"))).to.have.lengthOf(3);
    });
  }

  it("ends where a page says nothing new", async () => {
    await using server = await startFaultProxy(undefined, () =>
      page(["a"], '</v2/app/tags/list?n=1000>; rel="next"'),
    );

    expect(await list(server.host)).to.deep.equal(["a"]);
  });

  const answers: readonly (readonly [string, ProxyScript])[] = [
    ["is not JSON", () => ({ kind: "answer", status: 200, body: "<html>" })],
    ["has no list", () => ({ kind: "answer", status: 200, body: '{"tags":"a"}' })],
    ["has other things", () => ({ kind: "answer", status: 200, body: '{"tags":[1]}' })],
    ["is too long", () => ({ kind: "answer", status: 200, body: Buffer.alloc(1_100_000, " ") })],
  ];
  for (const [what, script] of answers) {
    it(`refuses an answer that ${what}`, async () => {
      await using server = await startFaultProxy(undefined, script);

      expect((await errorOf(list(server.host))).code).to.equal("REGISTRY_PROTOCOL");
    });
  }
});

async function list(host: string): Promise<readonly string[]> {
  await using client = await openTestClient([host]);
  return await client.listTags(parseReference(`${host}/app`));
}

function page(tags: readonly string[] | null, link?: string): ProxyAction {
  const headers = link === undefined ? {} : { link };
  return { kind: "answer", status: 200, headers, body: JSON.stringify({ name: "app", tags }) };
}
