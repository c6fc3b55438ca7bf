import { SwizzleError } from '../errors.ts';

/** A worker thread or a GPU is gone, and what it was doing with it; made again, it may do it. */
export function lostError(message: string, cause?: unknown): SwizzleError {
  return new SwizzleError('device', message, { cause, details: { lost: true } });
}

/** Whether an error says that a lane or its device is gone. */
export function isLost(error: unknown): error is SwizzleError {
  return error instanceof SwizzleError && error.code === 'device' && error.details['lost'] === true;
}

/** Whether an error says that a device has no memory for what was asked of it. */
export function isOutOfMemory(error: unknown): error is SwizzleError {
  return error instanceof SwizzleError && error.code === 'device' && error.details['outOfMemory'] === true;
}
