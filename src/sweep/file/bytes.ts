const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

/** "50GB", "2 TiB" or a number of bytes; undefined for anything else. */
export function parseBytes(size: number | string): number | undefined {
  if (typeof size === 'number') return size;
  const [, number, unit] = /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(size) ?? [];
  const factor = UNITS[unit?.toLowerCase() ?? ''];
  return number === undefined || factor === undefined ? undefined : Math.floor(Number(number) * factor);
}
