// @ts-check
// What the page holds: numbers as JSON, maps as codes that are read when they are first looked at.

/**
 * @typedef {[number|null, number|null, number|null]} Interval value, low, high
 * @typedef {{key: string, name: string, definition: string, label: string|null, threshold: number, glyph: string}} ScoreInfo
 * @typedef {{labels: string[], tags: string[], stripe: number, column: number, class: string, cluster: number, x: number,
 *   y: number, scores: (number|null)[][], mean: Interval, zero: Interval, gate: number|null, explains: Interval,
 *   hurts: string}} Head
 * @typedef {{tokens: string[], breaks: number[], expected: string[], probability: (number|null)[],
 *   rollout: boolean}} ShownText
 * @typedef {{step: number, loss: number|null, scores: (number|null)[][]}} Checkpoint
 * @typedef {{query: number, key: number, layer: number, head: number, weight: number, cut: number|null, all: number|null,
 *   instead: string}} Edge
 * @typedef {{text: number, target: string, probability: number|null, most: number, edges: Edge[]}} Study
 * @typedef {{model: string, layers: number, heads: number, codec: "e8"|"e16", sides: number[], rolloutSide: number, stepSide: number,
 *   mixed: string, cividis: string, diverging: string, divergingDark: string, scores: ScoreInfo[], head: Head[], texts: ShownText[],
 *   studies: Study[], checkpoints: Checkpoint[]}} Data
 */

/** @type {Data} */
const data = JSON.parse(byId('data').textContent);
const L = data.layers, H = data.heads;

/** The weight that each code stands for. */
const weightsOf = {
  e8: Float64Array.from({length: 256}, (_, c) => c === 0 ? 0 : 2 ** ((c - 255) * 16 / 254)),
  e16: Float64Array.from({length: data.codec === 'e16' ? 65536 : 0}, (_, c) => (c / 65535) ** 2),
};

/** A causal map: the lower triangle, row by row. Where it is pooled (side < length), a weight is the largest of a block. */
class Triangle {
  /**
   * @param {Uint8Array|Uint16Array} codes
   * @param {"e8"|"e16"|"signed"} codec
   * @param {number} side
   * @param {number} length tokens
   * @param {Float64Array} weights what codes stand for
   */
  constructor(codes, codec, side, length, weights) {
    this.codes = codes;
    this.codec = codec;
    this.weights = weights;
    this.side = side;
    this.length = length;
  }

  get exact() { return this.side === this.length; }

  /**
   * The block that holds token t.
   * @param {number} t
   */
  block(t) { return this.exact ? t : Math.floor(((t + 1) * this.side - 1) / this.length); }

  /**
   * The first and the last token of a block.
   * @param {number} b
   */
  span(b) {
    return [Math.floor(b * this.length / this.side), Math.floor((b + 1) * this.length / this.side) - 1];
  }

  /** @param {number} q @param {number} k */
  at(q, k) {
    const i = this.block(q);
    return this.weights[this.codes[i * (i + 1) / 2 + this.block(k)]];
  }

  /**
   * Of a query: what it gives each key it sees, largest first.
   * @param {number} q
   * @returns {{first: number, last: number, weight: number}[]} keys from first to last
   */
  row(q) {
    const i = this.block(q), found = [];
    for (let b = 0; b <= i; ++b) {
      const [first, last] = this.exact ? [b, b] : this.span(b);
      found.push({first, last: Math.min(last, q), weight: this.weights[this.codes[i * (i + 1) / 2 + b]]});
    }
    return found.sort((a, b) => b.weight - a.weight || a.first - b.first);
  }
}

/** @param {string} text */
function fromBase64(text) {
  if ('fromBase64' in Uint8Array) return /** @type {any} */ (Uint8Array).fromBase64(text);
  const binary = atob(text), bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; ++i) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

/**
 * The maps of a block, one after the other.
 * @param {string} id
 * @param {number[]} sides
 * @param {number} length
 * @param {number} [most] of a signed block
 */
function triangles(id, sides, length, most = 1) {
  const node = byId(id), codec = /** @type {"e8"|"e16"|"signed"} */ (node.dataset.codec),
        bytes = fromBase64(node.textContent);
  let at = 0;
  return sides.map(side => {
    const n = side * (side + 1) / 2, begin = at;
    at += n * (codec === 'e8' ? 1 : 2);
    const codes = codec === 'e8' ? bytes.subarray(begin, at) :
                                   new Uint16Array(bytes.buffer, bytes.byteOffset + begin, n);
    const weights = codec === 'signed' ?
        Float64Array.from({length: 65535}, (_, c) => (c / 32767 - 1) * most) :
        weightsOf[codec];
    return new Triangle(codes, codec, side, length, weights);
  });
}

/** @type {Map<string, Triangle[]>} */
const read = new Map();
/** @param {string} id @param {number[]} sides @param {number} length @param {number} [most] */
function once(id, sides, length, most) {
  let maps = read.get(id);
  if (!maps) read.set(id, maps = triangles(id, sides, length, most));
  return maps;
}

/** @param {number} wanted @param {number} T */
function sideOf(wanted, T) { return wanted ? Math.min(wanted, T) : T; }
/** @param {number} x */
function lengthOf(x) { return data.texts[x].tokens.length; }

/**
 * A head's map of a text.
 * @param {number} x
 * @param {number} l
 * @param {number} h
 * @returns {Triangle}
 */
function mapOf(x, l, h) {
  const T = lengthOf(x);
  return once(`maps-${x}-${l}`, range(H).map(i => sideOf(data.sides[l * H + i], T)), T)[h];
}
/** @param {number} x @param {number} l */
function rolloutOf(x, l) {
  const T = lengthOf(x);
  return once(`rollout-${x}`, Array(L).fill(sideOf(data.rolloutSide, T)), T)[l];
}
/**
 * What cutting each connection costs, in nats.
 * @param {number} i of which study
 */
function costsOf(i) {
  const T = lengthOf(data.studies[i].text);
  return once(`cost-${i}`, [T], T, data.studies[i].most)[0];
}
/**
 * A head's small picture.
 * @param {number} x
 * @param {number} i
 */
function thumbnailOf(x, i) {
  const T = lengthOf(x);
  return once(`thumbs-${x}`, Array(L * H).fill(Math.min(64, T)), T)[i];
}
/**
 * A head's picture at a checkpoint.
 * @param {number} c
 * @param {number} i
 */
function stepPicture(c, i) {
  const sides = Array(data.checkpoints.length * L * H).fill(data.stepSide);
  return once('steps', sides, data.stepSide)[c * L * H + i];
}

/**
 * "L1H3"
 * @param {number} l
 * @param {number} h
 */
function nameOf(l, h) { return `L${l}H${h}`; }
/** @param {number} l @param {number} h */
function headOf(l, h) { return data.head[l * H + h]; }

/**
 * A weight with as many digits as its code can tell.
 * @param {number} p
 * @param {Triangle} map
 */
function percent(p, map) {
  const mark = map.exact ? '' : '≤ ';
  if (p === 0) return map.codec === 'e8' ? mark + '< 0.002 %' : '0 %';
  if (100 * p < 0.001) return mark + '< 0.001 %';
  return mark + (p > 0.9995 ? '100' : digitsOf(100 * p, map.codec === 'e8' ? 2 : 3)) + ' %';
}

/**
 * What an even spread gives each key that query q sees.
 * @param {number} q
 */
function evenly(q) { return 1 / (q + 1); }
