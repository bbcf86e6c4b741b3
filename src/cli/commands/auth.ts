import { readAuthExplainOptions, readLoginOptions } from "../auth-options.ts";
import { settleFlags } from "../flag-values.ts";
import { authExplainFlags, loginFlags } from "../flags/auth-flags.ts";
import { settleInPipeline } from "../settle-in-pipeline.ts";
import { type Command, runUntilSignal } from "./command.ts";

/** `slipway auth explain` */
export const authExplainCommand: Command = {
  description: "Show which credentials an image gets, and what each source of them says",
  flags: authExplainFlags,
  run: (given, call) => {
    const { host } = call;
    const options = readAuthExplainOptions(settleInPipeline(authExplainFlags, given, host), host);
    return runUntilSignal(call, async (run) =>
      (await import("./run-auth-explain.ts")).runAuthExplain(options, run),
    );
  },
};

/** `slipway login` */
export const loginCommand: Command = {
  description: "Try a password at a registry, and keep it in docker's config.json",
  flags: loginFlags,
  run: (given, call) => {
    const { environment } = call.host;
    const options = readLoginOptions(settleFlags(loginFlags, { given, environment }), call.host);
    return runUntilSignal(call, async (run) =>
      (await import("./run-login.ts")).runLogin(options, run),
    );
  },
};
