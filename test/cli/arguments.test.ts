import { expect } from "chai";
import * as fc from "fast-check";
import { canonicalArguments, switchValue } from "../../src/cli/arguments.ts";
import { buildFlags } from "../../src/cli/flags/build-flags.ts";
import { copyFlags, pushFlags } from "../../src/cli/flags/image-flags.ts";
import { isBuilderError } from "../../src/errors/builder-error.ts";
import { errorOf } from "../support/error-of.ts";

const read = (...argv: string[]): ReturnType<typeof canonicalArguments> =>
  canonicalArguments(argv, buildFlags);

describe("cli/arguments", () => {
  const forms = [
    { argv: ["--target", "app"], args: ["--target=app"] },
    { argv: ["--target=app"], args: ["--target=app"] },
    { argv: ["-f", "Other"], args: ["--dockerfile=Other"] },
    { argv: ["-fOther"], args: ["--dockerfile=Other"] },
    { argv: ["-f=Other"], args: ["--dockerfile=Other"] },
    { argv: ["-vdebug"], args: ["--verbosity=debug"] },
    { argv: ["--no-push"], args: ["--no-push=true"] },
    { argv: ["--no-push=0"], args: ["--no-push=false"] },
    { argv: ["--no-push=FALSE"], args: ["--no-push=false"] },
    { argv: ["--build-arg", "--looks=like-a-flag"], args: ["--build-arg=--looks=like-a-flag"] },
    { argv: ["--label", "a=b=c"], args: ["--label=a=b=c"] },
    { argv: ["--label", 'a="b c"\nd'], args: ['--label=a="b c"\nd'] },
    { argv: ["", "--target", "", ""], args: ["--target="] },
    { argv: ["-da", "-d", "b"], args: ["--destination=a", "--destination=b"] },
    { argv: ["--cache=false", "--single-snapshot=false"], args: ["--cache=false"] },
    { argv: ["--no-push=", "--ignore-path=", "--target="], args: ["--target="] },
    { argv: ["--no-cache", "--no-cache=a,b"], args: ["--no-cache=true", "--no-cache=a,b"] },
    {
      argv: ["--build-arg[]", "A=x y", "", "--B=\n", "--", "--target=app"],
      args: ["--build-arg=A=x y", "--build-arg=--B=\n", "--target=app"],
    },
    { argv: ["--build-arg[]", "--", "--label[]", "a=b"], args: ["--label=a=b"] },
    { argv: ["--label[]=a=1\r\n\nb=2\n"], args: ["--label=a=1", "--label=b=2"] },
    {
      argv: ['--build-arg[]=["A=1\\n2","","B=[x]"]'],
      args: ["--build-arg=A=1\n2", "--build-arg=B=[x]"],
    },
    { argv: ["--build-arg[]=", "--label[]=[]", "--args[]="], args: [] },
    {
      argv: ['--args[]=["--label","a=b c","--build-arg[]=A\\nB"]', "-fOther"],
      args: ["--label=a=b c", "--build-arg=A", "--build-arg=B", "--dockerfile=Other"],
    },
    { argv: ["--args[]", "-d", "a", "--", "-db"], args: ["--destination=a", "--destination=b"] },
    { argv: ["-d", "--args[]"], args: ["--destination=--args[]"] },
  ];
  for (const { argv, args } of forms) {
    it(`reads ${JSON.stringify(argv)}`, () => {
      expect(read(...argv)).to.deep.equal({ args, notices: [] });
    });
  }

  const refused = [
    {
      argv: ["--buildarg[]", "A"],
      code: "USAGE_UNKNOWN_FLAG",
      says: "--buildarg",
      hint: "build-arg",
    },
    {
      argv: ["--target[]", "a"],
      code: "USAGE_INVALID_VALUE",
      says: "takes no list",
      hint: "VALUE",
    },
    { argv: ["--label[]=[1]"], code: "USAGE_INVALID_VALUE", says: "--label[] begins with [" },
    { argv: ["--label[]=[x"], code: "USAGE_INVALID_VALUE", says: "--label[] begins with [" },
    { argv: ["--no-psh"], code: "USAGE_UNKNOWN_FLAG", says: "--no-psh", hint: "--no-push" },
    { argv: ["--qqqqqqqqqq"], code: "USAGE_UNKNOWN_FLAG", says: "--qqqqqqqqqq" },
    { argv: ["--snapshot-mod=x"], code: "USAGE_UNKNOWN_FLAG", hint: "--snapshot-mode" },
    { argv: ["-x"], code: "USAGE_UNKNOWN_FLAG", says: "-x" },
    { argv: ["--target"], code: "USAGE_INVALID_VALUE", says: "--target lacks" },
    { argv: ["--no-push=perhaps"], code: "USAGE_INVALID_VALUE", says: '"perhaps"' },
    { argv: ["."], code: "USAGE_INVALID_VALUE", says: "argument .", hint: "--context" },
    { argv: ["--", "x"], code: "USAGE_INVALID_VALUE", says: "--" },
    { argv: ["--no-cache", "a"], code: "USAGE_INVALID_VALUE", says: "argument a" },
    { argv: ["--ignore-path", "/x"], code: "USAGE_UNSUPPORTED_FLAG", says: "--ignore-path" },
    { argv: ["--single-snapshot"], code: "USAGE_UNSUPPORTED_FLAG", says: "--single-snapshot" },
  ];
  for (const { argv, code, says = "", hint = "" } of refused) {
    it(`refuses ${JSON.stringify(argv)}`, async () => {
      const error = await errorOf(() => read(...argv));

      expect(error.code).to.equal(code);
      expect(error.exitCode).to.equal(2);
      expect(error.message).to.include(says);
      expect(error.hint ?? "").to.include(hint);
    });
  }

  it("takes kaniko's flags without meaning with one notice each, and their values with them", () => {
    const { args, notices } = read(
      "--snapshot-mode",
      "redo",
      "--cleanup",
      "--snapshot-mode=redo",
      "--kaniko-dir=/k",
      "--no-push",
    );

    expect(args).to.deep.equal(["--no-push=true"]);
    expect(notices).to.have.lengthOf(3);
    expect(notices[0]).to.match(/^--snapshot-mode is ignored: /);
  });

  it("takes old spellings, and says how they are written now", () => {
    const { args, notices } = read("--customPlatform", "linux/arm64", "--tarPath=x.tar");

    expect(args).to.deep.equal(["--custom-platform=linux/arm64", "--tar-path=x.tar"]);
    expect(notices[0]).to.include("--custom-platform");
  });

  it("gives arguments without a flag to the positional flags of the table, in their order", async () => {
    const { args } = canonicalArguments(
      ["a", "--custom-platform", "x", "b", "", "-d", "c", "d"],
      copyFlags,
    );

    expect(args).to.deep.equal([
      "--source=a",
      "--custom-platform=x",
      "--destination=b",
      "--destination=c",
      "--destination=d",
    ]);
    const error = await errorOf(() => canonicalArguments(["a", "b"], pushFlags));
    expect(error.message).to.equal("the argument b belongs to no flag");
  });

  it("throws nothing but its own errors, whatever the arguments", () => {
    const argument = fc.oneof(
      fc.string(),
      fc.constantFrom(
        "--",
        "-",
        "-f",
        "--target",
        "--no-push",
        "--cache",
        "--cleanup",
        "--__proto__",
      ),
      fc.string().map((text) => `--${text}`),
    );
    fc.assert(
      fc.property(fc.array(argument), (argv) => {
        try {
          for (const arg of canonicalArguments(argv, buildFlags).args) {
            expect(arg).to.match(/^--[a-z-]+=/);
          }
        } catch (error) {
          expect(isBuilderError(error), String(error)).to.equal(true);
        }
      }),
    );
  });

  it("reads the truth values of pflag", () => {
    for (const text of ["1", "t", "T", "true", "True"]) {
      expect(switchValue("--x", text)).to.equal("true");
    }
    for (const text of ["0", "f", "F", "false", "FALSE"]) {
      expect(switchValue("--x", text)).to.equal("false");
    }
  });
});
