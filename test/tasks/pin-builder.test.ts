import { expect } from "chai";
import { pinBuilderImage } from "../../tasks/pin-builder.ts";
import { packageOf, taskPackages } from "./manifests.ts";

const reference = `registry.example.com:5000/tools/slipway:1.2.3@sha256:${"a".repeat(64)}`;

describe("tasks/pin-builder", () => {
  it("changes the default in a Task, and not a byte of anything else", () => {
    const text = packageOf(taskPackages, "slipway").read("slipway.yaml") ?? "";
    const [before, after, ...others] = text.split("registry.example.com/tools/slipway:0.1.0");

    expect(others).to.deep.equal([]);
    expect(pinBuilderImage(text, reference)).to.equal(`${before}${reference}${after}`);
  });

  it("changes the value in Argo's templates, whatever the order, the quotes and the comments", () => {
    const text = [
      "# One template.",
      "spec:",
      "  templates:",
      "    - inputs:",
      "        parameters:",
      "          - value: 'old:1'   # replaced at each release",
      "            name: builder-image",
      "---",
      "spec: {templates: [{inputs: {parameters: [{name: builder-image, value: old}]}}]}",
      "",
    ].join("\n");

    expect(pinBuilderImage(text, reference)).to.equal(
      text.replace("'old:1'", reference).replace("value: old", `value: ${reference}`),
    );
  });

  it("leaves a value that is handed on, and other parameters", () => {
    const parameters = [
      "- {name: builder-image, value: old}",
      '- {name: builder-image, value: "{{workflow.parameters.builder-image}}"}',
      "- {name: BUILDER_IMAGE, default: $(params.BUILDER_IMAGE)}",
      "- {name: image, value: other}",
      "",
    ].join("\n");

    expect(pinBuilderImage(parameters, reference)).to.equal(
      parameters.replace("value: old", `value: ${reference}`),
    );
  });

  it("quotes a reference that would be something else in YAML", () => {
    const pinned = pinBuilderImage("name: BUILDER_IMAGE\ndefault: old\n", "[::1]:5000/slipway:1");

    expect(pinned).to.equal('name: BUILDER_IMAGE\ndefault: "[::1]:5000/slipway:1"\n');
  });

  it("fails where there is nothing to change", () => {
    expect(() => pinBuilderImage("name: BUILDER_IMAGE\n", reference)).to.throw("no default");
  });
});
