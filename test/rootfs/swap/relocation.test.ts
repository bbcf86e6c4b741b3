import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { expect } from "chai";
import { relocate, relocationsFor } from "../../../src/rootfs/swap/relocation.ts";
import {
  makeTemporaryDirectory,
  type TemporaryDirectory,
} from "../../support/temporary-directory.ts";
import { link, treeOf } from "../../support/tree.ts";

describe("rootfs/swap/relocation", () => {
  let place: TemporaryDirectory;
  beforeEach(async () => {
    place = await makeTemporaryDirectory();
  });
  afterEach(async () => place[Symbol.asyncDispose]());

  it("finds the links of an image on the way to what stays, and where they lead", () => {
    const image = treeOf({ "var/run": link("../run"), run: 0o755, srv: link("/data") });

    const found = relocationsFor(
      ["var/run/secrets/account", "var/run/argo", "srv", "etc/hosts"],
      image,
    );

    expect(found).to.deep.equal([{ from: "var/run", to: "run" }]);
  });

  it("moves a directory where the link leads, and back", () => {
    mkdirSync(place.join("var/run/secrets"), { recursive: true });

    const takeBack = relocate({ from: "var/run", to: "new/run" }, place.path);

    expect(readdirSync(place.join("new/run"))).to.deep.equal(["secrets"]);
    takeBack?.();
    expect(readdirSync(place.join("var/run"))).to.deep.equal(["secrets"]);
    expect(existsSync(place.join("new"))).to.equal(false);
  });

  it("leaves a directory where it is when there is something else already, or none of it", () => {
    mkdirSync(place.join("var/run"), { recursive: true });
    writeFileSync(place.join("run"), "");

    expect(relocate({ from: "var/run", to: "run" }, place.path)).to.equal(undefined);
    expect(relocate({ from: "var/lib", to: "lib" }, place.path)).to.equal(undefined);
    expect(relocate({ from: "var/run", to: "var/run/below" }, place.path)).to.equal(undefined);
    expect(readdirSync(place.path).toSorted()).to.deep.equal(["run", "var"]);
  });
});
