import { Buffer } from "node:buffer";
import { answerFailure, RetryLaterError } from "../../answer-failure.ts";
import { postForm } from "../../form.ts";
import { readAnswer } from "../../read-answer.ts";
import type { FindOptions } from "../credentials.ts";
import type { CloudToken } from "./cloud.ts";

const answerLimitBytes = 1024 * 1024;

/**
 * Exchanges a token of Microsoft Entra for a registry's own refresh token, at that registry
 * (https://github.com/Azure/acr/blob/main/docs/AAD-OAuth.md).
 */
export async function exchange(
  host: string,
  entraToken: string,
  send: FindOptions["send"],
): Promise<CloudToken> {
  const response = await send(
    postForm(new URL(`https://${host}/oauth2/exchange`), {
      grant_type: "access_token",
      service: host,
      access_token: entraToken,
    }),
  );
  if (response.status !== 200) {
    const purpose = { doing: "exchange the token of Entra", credentials: "with it" };
    const failure = await answerFailure(response, purpose);
    throw failure instanceof RetryLaterError ? failure : new Error(failure.message);
  }
  const read = await readAnswer(response, answerLimitBytes);
  const token = read.kind === "complete" ? member(read.bytes, "refresh_token") : undefined;
  if (typeof token !== "string") throw new Error("the answer holds no refresh token");
  return { credentials: { kind: "identity-token", token }, renewAtMs: renewalOfToken(token) };
}

/** At half of a token's life, which it says itself (RFC 7519, "exp"). */
function renewalOfToken(token: string): number {
  const claims = Buffer.from(token.split(".")[1] ?? "", "base64url");
  const expires = member(claims, "exp");
  const now = Date.now();
  return typeof expires === "number" ? now + (expires * 1000 - now) / 2 : Infinity;
}

function member(json: Buffer, name: string): unknown {
  try {
    return (Object(JSON.parse(json.toString("utf8"))) as Record<string, unknown>)[name];
  } catch {
    return undefined;
  }
}
