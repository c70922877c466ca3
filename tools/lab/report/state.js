// @ts-check
// One state for all views, mirrored in the address: "#l=1&h=3&q=17&scale=log" is a link to what is seen, the browser's back
// button works, and a picture of any view can be taken without a click.

/**
 * @param {number} low
 * @param {(values: Record<string, any>) => number} high given what was read before it
 * @returns {(text: string, values: Record<string, any>) => number|undefined}
 */
function whole(low, high) {
  return (text, values) =>
             /^\d{1,9}$/.test(text) && +text >= low && +text <= high(values) ? +text : undefined;
}
/** @param {string[]} values @returns {(text: string) => string|undefined} */
function oneOf(...values) { return text => values.includes(text) ? text : undefined; }

const axes = ['x', 'y', 'cost', ...data.scores.map(s => s.key)];
/** The connection that a head looks along hardest, of those that the last word of a text hangs on. */
const firstEdge = data.studies.flatMap(s => s.edges.map(e => ({...e, text: s.text})))
                      .sort((a, b) => b.weight - a.weight)[0];
/** Where a reader begins: at the pronoun's edge if one was studied, else at the head with a label that matters most. */
function firstHead() {
  if (firstEdge) return firstEdge.layer * H + firstEdge.head;
  const worth = data.head.map(h => (h.labels[0] === data.mixed ? -1e9 : 0) + (h.mean[0] ?? 0));
  return worth.indexOf(Math.max(...worth));
}

/**
 * Each entry of the state: its first value, and how the address's text is read (undefined: not one of its
 * values).
 * @type {Record<string, [any, (text: string, values: Record<string, any>) => any]>}
 */
const entries = {
  x: [firstEdge ? firstEdge.text : 0, whole(0, () => data.texts.length - 1)],  // which text
  l: [Math.floor(firstHead() / H), whole(0, () => L - 1)],
  h: [firstHead() % H, whole(0, () => H - 1)],
  q: [-1, whole(0, v => lengthOf(v.x) - 1)],  // -1: the edge's, or the last
  k: [-1, whole(0, v => lengthOf(v.x) - 1)],  // -1: the query's largest weight
  pin: [0, whole(0, () => 1)],                // 1: pointing does not move the selection
  scale: ['sqrt', oneOf('sqrt', 'linear', 'log', 'even')],
  own: [0, whole(0, () => 1)],    // 1: the darkest shade is the map's largest weight
  shear: [0, whole(0, () => 1)],  // 1: columns are distances
  colours: ['cividis', oneOf('cividis', 'grey')],
  theme: ['system', oneOf('system', 'light', 'dark')],
  zoom: [0, whole(0, () => 32)],  // pixels of a cell; 0: what fits
  show: ['weights', oneOf('weights', ...axes.slice(2))],
  sort: ['layer', oneOf('layer', 'label', 'cost', 'group')],
  only: ['', text => text.length < 400 ? text : undefined],  // labels that are singled out
  look: ['to', oneOf('to', 'from')],  // the text view: what the query looks at, or who looks at it
  heads: [
    '', text => /^(\d+\.\d+(,|$)){0,7}$/.test(text) ? text : undefined
  ],                               // further heads in the lines: "0.1,1.3"
  mass: [60, whole(5, () => 99)],  // lines: the share of a query's attention, in percent
  mx: ['x', oneOf(...axes)],
  my: ['y', oneOf(...axes)],
  step: [data.checkpoints.length - 1, whole(0, () => data.checkpoints.length - 1)],
  curve: ['previous', oneOf(...data.scores.map(s => s.key))],
  study: [0, whole(0, () => data.studies.length - 1)],
  roll: [L - 1, whole(0, () => L - 1)],
  flow: ['even', oneOf('sqrt', 'even')],
  keys: [1, whole(0, () => 1)],  // 0: single letters are no commands
};

/** @type {Record<string, any>} */
const state = {};
for (const name in entries) state[name] = entries[name][0];

/**
 * Not in the address: the heads that were dragged over on the map.
 * @type {Set<number>|null}
 */
let brushed = null;

/** @type {{names: string[], view: () => void}[]} */
const watchers = [];
/**
 * Calls `view` after any of these entries changed. "brush" is one of them.
 * @param {string[]} names
 * @param {() => void} view
 */
function watch(names, view) { watchers.push({names, view}); }

/**
 * Entries that belong together, made consistent after a change.
 * @param {Set<string>} changed
 */
function settle(changed) {
  const put = (/** @type {string} */ name, /** @type {any} */ value) => {
    if (state[name] !== value) {
      state[name] = value;
      changed.add(name);
    }
  };
  const T = data.texts.length ? lengthOf(state.x) : 0;
  if (T === 0) return;
  if (state.q < 0 && firstEdge && state.x === firstEdge.text) {
    put('q', firstEdge.query);
    if (state.k < 0 && state.l === firstEdge.layer && state.h === firstEdge.head) put('k', firstEdge.key);
  }
  put('q', state.q < 0 ? T - 1 : Math.min(state.q, T - 1));
  if (state.k < 0 || state.k > state.q) put('k', mapOf(state.x, state.l, state.h).row(state.q)[0].first);
}

/**
 * Changes entries and lets the views follow. `visit`: a step that the back button undoes.
 * @param {Record<string, any>} values
 * @param {{visit?: boolean, silent?: boolean}} [how]
 */
function set(values, how = {}) {
  /** @type {Set<string>} */
  const changed = new Set();
  if (how.visit) writeAddress();  // what is left behind is remembered as it was last seen
  for (const [name, value] of Object.entries(values))
    if (state[name] !== value) {
      state[name] = value;
      changed.add(name);
    }
  settle(changed);
  if (changed.size === 0) return;
  for (const {names, view} of watchers)
    if (names.some(n => changed.has(n))) view();
  if (how.silent) return;
  if (how.visit)
    writeAddress(true);
  else
    addressLater();
}

/** The state as it stands in the address: what differs from the first values. */
function address() {
  return Object.keys(entries)
      .filter(n => state[n] !== entries[n][0])
      .map(n => `${n}=${encodeURIComponent(state[n]).replace(/%2C/g, ',')}`)
      .join('&');
}

/** @type {any} */
let addressTimer = null;
/** Browsers allow few changes of the address in a second; a moving pointer makes many. */
function addressLater() { addressTimer ??= setTimeout(() => writeAddress(), 300); }

/** @param {boolean} [visit] */
function writeAddress(visit = false) {
  clearTimeout(addressTimer);
  addressTimer = null;
  const hash = '#' + address();
  if (hash === location.hash || (hash === '#' && !visit && location.hash === '')) return;
  try {
    if (visit)
      history.pushState(null, '', hash);
    else
      history.replaceState(null, '', hash);
  } catch { /* too many in a short time: the next one tells it all */
  }
}

/** Reads "#l=1&h=3"; whatever is not a value of its entry counts as the first value. */
function readAddress() {
  const given = new URLSearchParams(location.hash.slice(1));
  /** @type {Record<string, any>} */
  const values = {};
  for (const name in entries) {
    const text = given.get(name), value = text === null ? undefined : entries[name][1](text, values);
    values[name] = value === undefined ? entries[name][0] : value;
  }
  return values;
}

/**
 * Chooses a head, keeping the query.
 * @param {number} l
 * @param {number} h
 * @param {Record<string, any>} [more]
 */
function goToHead(l, h, more = {}) { set({l, h, k: state.pin ? state.k : -1, ...more}, {visit: true}); }
