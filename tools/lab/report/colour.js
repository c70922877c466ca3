// @ts-check
// From a weight to a colour. A ramp has 256 colours; its first is the page's own in either theme, so that nothing looks like
// nothing, and its lightness only goes one way, so that its order can be seen without telling colours apart.

/** The maps of colours that the pictures have as well: 256 x RGB each. */
const cividis = fromBase64(data.cividis), diverging = fromBase64(data.diverging),
      divergingDark = fromBase64(data.divergingDark);

const systemDark = matchMedia('(prefers-color-scheme: dark)');
function isDark() { return state.theme === 'dark' || (state.theme === 'system' && systemDark.matches); }

/** @typedef {[number, number, number]} Rgb */
/** @param {Rgb} a @param {Rgb} b @param {number} t @returns {Rgb} */
function mix(a, b, t) {
  const channel = (/** @type {number} */ i) => Math.round(a[i] + (b[i] - a[i]) * t);
  return [channel(0), channel(1), channel(2)];
}

/**
 * What the page's --page is.
 * @returns {Rgb}
 */
function pageColour() { return isDark() ? [13, 17, 23] : [255, 255, 255]; }

/**
 * The colours for weights from 0 to the darkest.
 * @returns {Rgb[]}
 */
function sequentialRamp() {
  const page = pageColour();
  return range(256).map(i => {
    const j = isDark() ? i : 255 - i;
    const grey = Math.round(isDark() ? 17 + 238 * i / 255 : 255 * (1 - i / 255));
    const full = /** @type {Rgb} */ (
        state.colours === 'grey' ? [grey, grey, grey] : [...cividis.slice(3 * j, 3 * j + 3)]);
    return mix(page, full, Math.min(1, i / 40));
  });
}

/**
 * Blue below an even spread, the page's colour at it, orange above.
 * @returns {Rgb[]}
 */
function divergingRamp() {
  const page = pageColour(), map = isDark() ? divergingDark : diverging;
  return range(256).map(
      i =>
          mix(page, /** @type {Rgb} */ ([...map.slice(3 * i, 3 * i + 3)]),
              Math.min(1, Math.abs(i - 127.5) / 32)));
}

/**
 * Pixels as canvases hold them.
 * @param {Rgb} c
 */
function pixel(c) { return (255 << 24 | c[2] << 16 | c[1] << 8 | c[0]) >>> 0; }
/** @param {Rgb} c */
function css(c) { return `rgb(${c.join(' ')})`; }
/**
 * Black or white, whichever reads better on a colour (relative luminance of WCAG).
 * @param {Rgb} c
 */
function inkOn(c) {
  const [r, g, b] = c.map(v => v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? '#000' : '#fff';
}
/** @param {string} hex @returns {Rgb} */
function rgbOf(hex) { return /** @type {Rgb} */ ([1, 3, 5].map(i => parseInt(hex.slice(i, i + 2), 16))); }

const octavesBelow = 12, octavesAside = 4;

/**
 * Where a weight lies on the ramp, 0 ... 1.
 * @param {number} p
 * @param {number} even what an even spread gives
 * @param {string} scale
 * @param {number} top the weight of the last colour
 */
function shadeOf(p, even, scale, top) {
  if (scale === 'signed') return clamp(0.5 + p / (2 * top), 0, 1);
  if (scale === 'even') return clamp(0.5 + Math.log2(p / even) / (2 * octavesAside), 0, 1);
  const share = Math.min(p / top, 1);
  if (scale === 'linear') return share;
  if (scale === 'log') return p > 0 ? clamp(1 + Math.log2(share) / octavesBelow, 0, 1) : 0;
  return Math.sqrt(share);
}
/**
 * The way back: the weight at a shade; for "even" what it is times an even spread.
 * @param {number} t
 * @param {string} scale
 * @param {number} top
 */
function weightAt(t, scale, top) {
  if (scale === 'signed') return (2 * t - 1) * top;
  if (scale === 'even') return 2 ** ((t - 0.5) * 2 * octavesAside);
  return top * (scale === 'linear' ? t : scale === 'log' ? 2 ** ((t - 1) * octavesBelow) : t * t);
}

/** A way to colour weights: `colour(p, even)`, and for whole maps `paint`. */
class Scale {
  /** @param {string} scale @param {number} [top] */
  constructor(scale, top = 1) {
    this.scale = scale;
    this.top = top > 0 ? top : 1;
    this.ramp = scale === 'even' || scale === 'signed' ? divergingRamp() : sequentialRamp();
    this.pixels = Uint32Array.from(this.ramp, pixel);
  }

  /** @param {number} p @param {number} even */
  index(p, even) { return Math.round(255 * shadeOf(p, even, this.scale, this.top)); }

  /** @param {number} p @param {number} even */
  colour(p, even) { return this.ramp[this.index(p, even)]; }

  /**
   * The map into side x side pixels; what must not be seen stays transparent.
   * @param {Triangle} map
   * @param {HTMLCanvasElement} canvas
   * @param {{sheared?: boolean, even?: (i: number, j: number) => number}} [how] even: if it differs from
   *   key to key
   */
  paint(map, canvas, how = {}) {
    const S = map.side;
    if (canvas.width !== S || canvas.height !== S) canvas.width = canvas.height = S;
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
    const image = context.createImageData(S, S), out = new Uint32Array(image.data.buffer),
          {codes, weights} = map;
    // Of each code once, not of each cell: the shade, or for "even" the logarithm, to which a row only adds.
    const table = this.scale === 'even' ? Float64Array.from(weights, Math.log2) :
                                          Uint32Array.from(weights, p => this.pixels[this.index(p, 1)]);
    for (let i = 0, at = 0; i < S; ++i) {
      const rowEven = -Math.log2(evenly(map.exact ? i : map.span(i)[1]));
      for (let j = 0; j <= i; ++j, ++at) {
        let colour = table[codes[at]];
        if (this.scale === 'even') {
          const octaves = colour + (how.even ? -Math.log2(how.even(i, j)) : rowEven);
          colour = this.pixels[Math.round(255 * clamp(0.5 + octaves / (2 * octavesAside), 0, 1))];
        }
        out[i * S + (how.sheared ? i - j : j)] = colour;
      }
    }
    context.putImageData(image, 0, 0);
  }

  /** A bar of all colours with what they stand for. */
  legend() {
    const canvas = el('canvas', {class: 'ramp', width: 256, height: 1, 'aria-hidden': 'true'});
    const context = canvas.getContext('2d'), image = context.createImageData(256, 1);
    new Uint32Array(image.data.buffer).set(this.pixels);
    context.putImageData(image, 0, 0);
    const stops = this.scale === 'log' ? [0, 1 / 3, 2 / 3, 1] : [0, 0.25, 0.5, 0.75, 1];
    const text = (/** @type {number} */ t) => {
      const w = weightAt(t, this.scale, this.top);
      if (this.scale === 'even') return (w < 1 ? `1/${1 / w}` : `${w}`) + ' ×';
      if (this.scale === 'signed') return w === 0 ? '0' : (w < 0 ? '−' : '+') + digitsOf(Math.abs(w), 2);
      return t === 0 && this.scale !== 'log' ? '0' : digitsOf(100 * w, 2) + ' %';
    };
    const marks = stops.map(t => el('span', {text: text(t), style: {left: `${100 * t}%`}}));
    const words = this.scale === 'even' ?
        'from a sixteenth of an even spread, blue, to sixteen times it, orange' :
        this.scale === 'signed' ?
        `from ${text(0)}, blue, to ${text(1)} nats, orange` :
        `from 0, the page's, to ${digitsOf(100 * this.top, 3)} percent, ${this.scale} scale`;
    return el(
        'div', {class: 'legend', role: 'img', 'aria-label': `Colours: ${words}`}, canvas,
        el('div', {class: 'marks'}, ...marks));
  }
}
