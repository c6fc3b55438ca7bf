import { type ErrorCode, messageOf, SwizzleError, systemCode } from '../../errors.ts';

/** A SwizzleError and the error below it as plain data: errors lose their class and code between threads. */
export interface ErrorData {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly cause?: { readonly message: string; readonly code: string | undefined };
}

export function toErrorData(error: unknown): ErrorData {
  if (!(error instanceof SwizzleError)) return { code: 'internal', message: messageOf(error), details: {} };
  const { code, message, details, cause } = error;
  if (cause === undefined) return { code, message, details };
  return { code, message, details, cause: { message: messageOf(cause), code: systemCode(cause) } };
}

export function fromErrorData({ code, message, details, cause }: ErrorData): SwizzleError {
  const lines = message.split('\n');
  if (cause === undefined) return new SwizzleError(code, lines, { details });
  const below = Object.assign(new Error(cause.message), cause.code === undefined ? {} : { code: cause.code });
  return new SwizzleError(code, lines, { details, cause: below });
}
