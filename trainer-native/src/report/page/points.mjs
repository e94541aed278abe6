// The map's points as the page holds them, and which of them is nearest to a place.

/** The bytes of a base64 text. */
function unpack(base64) {
  const binary = atob(base64);
  const found = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i += 1) found[i] = binary.charCodeAt(i);
  return found;
}

const GRID = 96;

/** Points with `x` and `y` in 0 .. 1, y downwards; `order`: the order to draw them in, so that no genre lies over another. */
export function readPoints({ points, positions, genre, artist, artists, titles }) {
  const places = new Int16Array(unpack(positions).buffer);
  const artistNumbers = new Uint32Array(unpack(artist).buffer);
  const genres = unpack(genre);
  const x = new Float32Array(points);
  const y = new Float32Array(points);
  for (let i = 0; i < points; i += 1) {
    x[i] = 0.5 + places[2 * i] / 65534;
    y[i] = 0.5 - places[2 * i + 1] / 65534;
  }
  const order = Uint32Array.from({ length: points }, (_, i) => i);
  const mixed = (i) => Math.imul(i + 1, 2654435761) >>> 0;
  order.sort((a, b) => mixed(a) - mixed(b));

  const cells = Array.from({ length: GRID * GRID }, () => []);
  const cell = (value) => Math.min(GRID - 1, Math.max(0, Math.floor(value * GRID)));
  for (let i = 0; i < points; i += 1) cells[cell(y[i]) * GRID + cell(x[i])].push(i);

  return {
    count: points,
    x,
    y,
    order,
    genres,
    title: (i) => titles[i],
    artist: (i) => artists[artistNumbers[i]],
    /** The point nearest to a place, at most `reach` away, of those that `accepts`; -1 where there is none. */
    nearest(atX, atY, reach, accepts) {
      let best = -1;
      let least = reach * reach;
      for (let row = cell(atY - reach); row <= cell(atY + reach); row += 1)
        for (let column = cell(atX - reach); column <= cell(atX + reach); column += 1)
          for (const i of cells[row * GRID + column]) {
            const distance = (x[i] - atX) ** 2 + (y[i] - atY) ** 2;
            if (distance <= least && accepts(i)) {
              least = distance;
              best = i;
            }
          }
      return best;
    },
  };
}
