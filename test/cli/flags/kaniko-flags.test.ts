import { expect } from "chai";
import { canonicalArguments } from "../../../src/cli/arguments.ts";
import { buildFlags } from "../../../src/cli/flags/build-flags.ts";
import { ignoredKanikoFlags, unsupportedKanikoFlags } from "../../../src/cli/flags/kaniko-flags.ts";
import { errorFrom } from "../../support/error-from.ts";
import { renderKanikoDocument } from "../../support/kaniko-document.ts";
import { kanikoExecutorFlags } from "../../support/kaniko-executor-flags.ts";

const withoutMeaning = { ...ignoredKanikoFlags, ...unsupportedKanikoFlags };

describe("cli/flags/kaniko-flags", () => {
  for (const name of kanikoExecutorFlags) {
    if (name in unsupportedKanikoFlags) {
      it(`refuses kaniko's --${name} as what it is, not as unknown`, () => {
        const error = errorFrom(() => canonicalArguments([`--${name}=true`], buildFlags));

        expect(error.code).to.equal("USAGE_UNSUPPORTED_FLAG");
      });
    } else {
      it(`takes kaniko's --${name}`, () => {
        const { args, notices } = canonicalArguments([`--${name}=true`], buildFlags);

        expect(args.length).to.equal(name in ignoredKanikoFlags ? 0 : 1);
        expect(notices.length).to.equal(args.includes(`--${name}=true`) ? 0 : 1);
      });
    }
  }

  it("has a row for each in the document, and no flag that kaniko never had", () => {
    const rows = renderKanikoDocument().match(/(?<=^\| `--)[\w-]+/gm);

    expect(rows).to.deep.equal([...kanikoExecutorFlags]);
    expect(kanikoExecutorFlags).to.include.members(Object.keys(withoutMeaning));
    for (const name of Object.keys(withoutMeaning)) expect(buildFlags).not.to.have.property(name);
  });
});
