/** What goes wrong with a request. */
export type Wrong =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: unknown }
  /** The connection is reset after so many bytes of the body. */
  | { readonly resetAfter: number }
  /** The body ends after so many bytes, the connection is closed in good order. */
  | { readonly cutAfter: number }
  /** The right length, one byte wrong. */
  | { readonly flipByte: number }
  | { readonly redirectTo: string }
  /** Range requests are answered 200 with the whole file. */
  | { readonly ignoreRange: true };

export interface Fault {
  /** Tested on the request's path, without query. */
  readonly path: RegExp;
  readonly method?: string;
  readonly wrong: Wrong;
  /** Requests that it still hits. */
  times: number;
}

/** The first fault that is left for a request; counts it down. */
export function takeFault(faults: readonly Fault[], method: string, path: string): Wrong | undefined {
  const fault = faults.find(
    (one) => one.times > 0 && one.path.test(path) && (one.method === undefined || one.method === method),
  );
  if (fault === undefined) return undefined;
  fault.times--;
  return fault.wrong;
}
