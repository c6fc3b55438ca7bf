/**
 * Waits for all, also where one has failed: what still runs must not outlive what it works on.
 * @throws the first failure
 */
export async function settleAll<T>(work: readonly Promise<T>[]): Promise<T[]> {
  const results = await Promise.allSettled(work);
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}
