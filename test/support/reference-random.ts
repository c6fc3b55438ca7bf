/** Threefry-2x32 with 13 rounds, by the paper (Salmon et al. 2011): two words of a counter and a key of two words each. */
export function threefry2x32(
  key: readonly [number, number],
  counter: readonly [number, number],
): readonly [number, number] {
  const rotations = [13, 15, 26, 6, 17, 29, 16, 24];
  const keys = [key[0] >>> 0, key[1] >>> 0, (0x1bd11bda ^ key[0] ^ key[1]) >>> 0];
  const keyAt = (i: number): number => keys[i % 3] ?? 0;
  let x = (counter[0] + keyAt(0)) >>> 0;
  let y = (counter[1] + keyAt(1)) >>> 0;
  for (let round = 0; round < 13; round++) {
    const rotation = rotations[round % 8] ?? 0;
    x = (x + y) >>> 0;
    y = ((y << rotation) | (y >>> (32 - rotation))) >>> 0;
    y = (y ^ x) >>> 0;
    if (round % 4 === 3) {
      const injection = (round + 1) / 4;
      x = (x + keyAt(injection)) >>> 0;
      y = (y + keyAt(injection + 1) + injection) >>> 0;
    }
  }
  return [x, y];
}

/** The word of an element of a tensor. */
export function randomWord(key: readonly [number, number], element: number): number {
  const counter = Math.floor(element / 2);
  const words = threefry2x32(key, [counter % 2 ** 32, Math.floor(counter / 2 ** 32)]);
  return words[element % 2 === 0 ? 0 : 1];
}

/**
 * The draw of an element of a tensor: a counter has the upper halves of four elements, in its two words from their low halves on;
 * with its highest bit set it has the lower ones.
 */
export function randomDraw(key: readonly [number, number], element: number): number {
  const counter = Math.floor(element / 4);
  const half = (mark: number): number => {
    const words = threefry2x32(key, [counter % 2 ** 32, Math.floor(counter / 2 ** 32) + mark]);
    const word = words[element % 4 < 2 ? 0 : 1];
    return element % 2 === 0 ? word & 0xffff : word >>> 16;
  };
  return half(0) * 65_536 + half(2 ** 31);
}
