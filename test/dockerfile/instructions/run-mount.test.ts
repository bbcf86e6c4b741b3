import { expect } from "chai";
import type { Mount } from "../../../src/dockerfile/instructions/mount.ts";
import { parseMounts } from "../../../src/dockerfile/instructions/run-mount.ts";
import { errorFrom } from "../../support/error-from.ts";

const location = { file: "D", firstLine: 3, lastLine: 4 };

function parse(mount: string): Mount | undefined {
  return parseMounts({ location, mounts: [mount] }, (value) => value.replace("$x", "/expanded"))[0];
}

describe("dockerfile/instructions/run-mount", () => {
  const nobody = { mode: undefined, uid: undefined, gid: undefined };
  const accepted: readonly { mount: string; parsed: Mount }[] = [
    {
      mount: "target=$x,from=b,source=/s",
      parsed: { type: "bind", target: "/expanded", source: "/s", from: "b", readOnly: true },
    },
    {
      mount: "type=bind,dst=/t,rw",
      parsed: { type: "bind", target: "/t", source: undefined, from: undefined, readOnly: false },
    },
    {
      mount: "TYPE=CACHE,destination=/t,id=c,sharing=Locked,mode=0755,uid=1,gid=2,ro=1",
      parsed: {
        type: "cache",
        target: "/t",
        id: "c",
        sharing: "locked",
        from: undefined,
        source: undefined,
        readOnly: true,
        mode: 0o755,
        uid: 1,
        gid: 2,
      },
    },
    {
      mount: 'type=tmpfs,"target=/a,b",size=1.5 kB',
      parsed: { type: "tmpfs", target: "/a,b", sizeBytes: 1536, readOnly: false },
    },
    {
      mount: "type=secret,src=token,env=TOKEN,required",
      parsed: {
        type: "secret",
        target: "",
        id: "token",
        env: "TOKEN",
        required: true,
        ...nobody,
      },
    },
    {
      mount: "type=ssh,required=false,mode=600",
      parsed: {
        type: "ssh",
        target: "",
        id: undefined,
        required: false,
        ...nobody,
        mode: 0o600,
      },
    },
  ];
  for (const { mount, parsed } of accepted) {
    it(`reads ${mount}`, () => {
      expect(parse(mount)).to.deep.equal(parsed);
    });
  }

  const refused = [
    ["type=cach,target=/x", 'unsupported mount type "cach" (did you mean cache?)'],
    ["type=cache,sharing=none", 'unsupported sharing value "none"'],
    ["targt=/x", "unexpected key 'targt' in 'targt=/x' (did you mean target?)"],
    ["constructor=x", "unexpected key 'constructor' in 'constructor=x'"],
    ["target", "invalid field 'target' must be a key=value pair"],
    ["target=/x,ro=yes", "invalid value for ro: yes"],
    ["required,type=ssh", "unexpected key 'required' for mount type 'bind'"],
    ["type=cache,size=1", "unexpected key 'size' for mount type 'cache'"],
    ["type=tmpfs,size=-1", "invalid value for size: -1"],
    ["type=cache,mode=9", "invalid value 9 for mode"],
    ["type=cache,uid=4294967296", "invalid value 4294967296 for uid"],
    ["gid=1", 'gid not allowed for "bind" type mounts'],
    ["sharing=shared", "invalid cache sharing set for bind mount"],
    ["type=secret", "invalid secret mount. one of source, target required"],
    ["type=secret,id=a,source=b", "both source and id can't be set"],
    ["type=secret,id=a,from=b", "secret mount should not have a from"],
    ["type=secret,id=a,sharing=shared", "secret mount should not define sharing"],
  ] as const;
  for (const [mount, message] of refused) {
    it(`refuses ${mount} at the instruction's place`, () => {
      const error = errorFrom(() => parse(mount));

      expect(error.message).to.equal(message);
      expect(error.location).to.deep.equal(location);
    });
  }
});
