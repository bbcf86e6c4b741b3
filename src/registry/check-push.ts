import type { Repository } from "../image/reference.ts";
import type { RegistryApi } from "./api.ts";
import type { RequestOptions } from "./registry-client.ts";
import { cancel, retrying, startSession, uploadingTo } from "./upload-session.ts";

/** Begins an upload to a repository and gives it up, to find out whether one may. */
export async function checkPush(
  target: { readonly api: RegistryApi; readonly repository: Repository },
  { signal }: RequestOptions,
): Promise<void> {
  const uploading = uploadingTo(target, "", signal);
  const { url } = await retrying(uploading, () => startSession(uploading));
  await cancel(uploading, url);
}
