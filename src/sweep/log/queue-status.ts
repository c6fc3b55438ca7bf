/** How a queue and its workers are. */
export interface QueueStatus {
  /** Milliseconds for which the queue has not answered; 0 while it does. */
  readonly silentMs: number;
  /** By name: units done, and what went wrong last. */
  readonly workers: readonly { readonly name: string; readonly units: number; readonly error?: string | undefined }[];
}
