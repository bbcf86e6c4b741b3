import { BuilderError, type BuilderErrorOptions } from "./builder-error.ts";

/** An image's name, platform or content cannot be used. */
export class ImageError extends BuilderError {
  constructor(
    code: "IMAGE_REFERENCE_INVALID" | "IMAGE_PLATFORM_UNAVAILABLE" | "IMAGE_MALFORMED",
    message: string,
    options?: BuilderErrorOptions,
  ) {
    super(code, message, options);
  }
}

/** `IMAGE_MALFORMED`: what was read of an image, or of an archive, is damaged or hostile. */
export function malformed(message: string, options?: BuilderErrorOptions): ImageError {
  return new ImageError("IMAGE_MALFORMED", message, options);
}
