// @ts-check
// What heads are called, told by a glyph and by a colour; never by colour alone.

/** Okabe and Ito's seven, then three of Tol's muted ones: no two look alike to colour-blind readers either. */
const hues = [
  '#D55E00', '#CC79A7', '#0072B2', '#56B4E9', '#009E73', '#E69F00', '#F0E442', '#44AA99', '#882255', '#999933'
];
/** For several heads drawn over each other: a dash pattern each. */
const dashes = [[], [7, 3], [2, 3], [9, 3, 2, 3], [14, 4], [4, 2, 1, 2], [1, 3], [6, 2, 6, 6]];

/** @type {Map<string, {name: string, glyph: string, hue: string}>} */
const labels = new Map();
for (const s of data.scores)
  if (s.label) labels.set(s.label, {name: s.label, glyph: s.glyph, hue: hues[labels.size % hues.length]});
labels.set(data.mixed, {name: data.mixed, glyph: '·', hue: '#8b949e'});

/** @param {Head} head */
function labelOf(head) { return labels.get(head.labels[0]) ?? /** @type {any} */ (labels.get(data.mixed)); }

/**
 * "previous-token head" in a narrow place: "previous token".
 * @param {string} name
 */
function shortName(name) { return name.replace(/ head$/, '').replace(/-/g, ' '); }

/**
 * The glyph on its colour.
 * @param {{glyph: string, hue: string}} label
 */
function badge(label) {
  return el('span', {
    class: 'badge',
    'aria-hidden': 'true',
    text: label.glyph,
    style: {background: label.hue, color: inkOn(rgbOf(label.hue))}
  });
}

/**
 * A score's value for a head, or its place on the map, or what removing it costs.
 * @param {number} i
 * @param {string} what
 * @returns {number|null}
 */
function valueOf(i, what) {
  const head = data.head[i];
  if (what === 'x') return head.x;
  if (what === 'y') return head.y;
  if (what === 'cost') return head.mean[0];
  return head.scores[data.scores.findIndex(s => s.key === what)][0];
}
/** @param {string} what */
function titleOf(what) {
  if (what === 'x' || what === 'y') return what === 'x' ? 'likeness, first axis' : 'likeness, second axis';
  return what === 'cost' ? 'cost of removing (nats)' : data.scores.find(s => s.key === what)?.name ?? what;
}

/**
 * In words, for who does not see the picture.
 * @param {number} i
 */
function spokenHead(i) {
  const head = data.head[i], l = Math.floor(i / H), h = i % H;
  const label = data.scores.findIndex(s => s.label === head.labels[0]);
  const score = label < 0 ? null : head.scores[label][0];
  const cost = head.mean[0] === null ? '' : `, removing it costs ${signed(head.mean[0])} nats`;
  return `Layer ${l} head ${h}, ${labelOf(head).name}${
      score === null ? '' : `, ${data.scores[label].name} ${plain(score)}`}${cost}`;
}
