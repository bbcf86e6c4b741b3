import { expect } from "chai";
import {
  hasMetadataServer,
  keepMetadataDirect,
} from "../../../src/support/clouds/metadata-server.ts";
import { startWebServer } from "../web-server.ts";

const { signal } = new AbortController();
const isFlavoured = ({ header }: { readonly header: (name: string) => string | undefined }) =>
  header("metadata-flavor") === "Test";

describe("support/clouds/metadata-server", () => {
  it("knows the server by its answer, also when that is late to come up", async () => {
    await using server = await startWebServer((_request, response, count) => {
      response.writeHead(count === 0 ? 503 : 200, { "metadata-flavor": "Test" }).end();
    });
    const question = { url: new URL(`http://${server.host}/`), isAnswer: isFlavoured };

    expect(await hasMetadataServer(question, signal)).to.equal(true);
    expect(server.requests).to.have.lengthOf(2);
  });

  it("takes another cloud's server for none, at once", async () => {
    await using server = await startWebServer((_request, response) => {
      response.writeHead(404).end("not here");
    });
    const question = { url: new URL(`http://${server.host}/`), isAnswer: isFlavoured };

    expect(await hasMetadataServer(question, signal)).to.equal(false);
    expect(server.requests).to.have.lengthOf(1);
  });

  it("does not wait for a server that says nothing", async () => {
    await using server = await startWebServer(() => undefined);
    const question = { url: new URL(`http://${server.host}/`), isAnswer: isFlavoured };

    expect(await hasMetadataServer(question, signal)).to.equal(false);
  });

  describe("keepMetadataDirect", () => {
    const names = ["NO_PROXY", "no_proxy"] as const;
    const before = names.map((name) => [name, process.env[name]] as const);

    beforeEach(() => {
      for (const name of names) delete process.env[name];
    });

    after(() => {
      for (const [name, value] of before) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    });

    it("adds the metadata servers to those that no proxy is for, once", () => {
      process.env["no_proxy"] = ".cluster.local,localhost";
      keepMetadataDirect();
      keepMetadataDirect();

      const hosts = ".cluster.local,localhost,169.254.169.254,metadata.google.internal,127.0.0.1";
      expect(names.map((name) => process.env[name])).to.deep.equal([hosts, hosts]);
    });

    it("leaves it at none, where no proxy is for any", () => {
      process.env["NO_PROXY"] = "*";
      keepMetadataDirect();

      expect(process.env["NO_PROXY"]).to.equal("*");
    });
  });
});
