/** Says that a run's memory is larger than a device's. */
export function tooLarge(device: string, bytes: number, limit: number): string {
  const gib = (size: number): string => `${(size / 2 ** 30).toFixed(1)} GiB`;
  return `the forward pass needs ${gib(bytes)} at once; ${device} has ${gib(limit)}`;
}
