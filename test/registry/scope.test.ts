import { expect } from "chai";
import { mergeScopes, repositoryScope } from "../../src/registry/scope.ts";

describe("registry/scope", () => {
  it("names what a request needs", () => {
    const repository = { registry: "a.test:5000", path: "x/y" };

    expect(repositoryScope(repository, "pull")).to.equal("repository:x/y:pull");
    expect(repositoryScope(repository, "push")).to.equal("repository:x/y:pull,push");
  });

  it("joins the actions of one resource, in one order", () => {
    const scopes = ["repository:b:push", "repository:a:pull", "repository:b:pull,push"];

    const merged = mergeScopes(scopes);

    expect(merged).to.deep.equal(["repository:a:pull", "repository:b:pull,push"]);
    expect(mergeScopes(scopes.toReversed())).to.deep.equal(merged);
  });
});
