import { expect } from "chai";
import { placesOf } from "../../src/context/places.ts";

const workingDirectory = "/there";
const workspace = "/workspace/source";

describe("context/places", () => {
  it("starts from the working directory where there is no workspace", () => {
    expect(placesOf("app", { workingDirectory })).to.deep.equal(["/there/app"]);
    expect(placesOf("/app/", { workingDirectory })).to.deep.equal(["/app"]);
  });

  it("looks in the workspace first, also for what looks absolute", () => {
    expect(placesOf("./app", { workingDirectory, workspace })).to.deep.equal([
      "/workspace/source/app",
      "/there/app",
    ]);
    expect(placesOf("/app", { workingDirectory, workspace })).to.deep.equal([
      "/workspace/source/app",
      "/app",
    ]);
  });

  it("does not put the workspace before itself", () => {
    for (const path of [workspace, `${workspace}/`, `${workspace}/sub/Dockerfile`]) {
      expect(placesOf(path, { workingDirectory, workspace })).to.have.length(1);
    }
  });

  it("tries a place once", () => {
    const places = placesOf("app", { workingDirectory: workspace, workspace });

    expect(places).to.deep.equal(["/workspace/source/app"]);
  });
});
