// @ts-check
// Rollout after each layer, also against what an even spread would give: under a causal mask weight gathers at early tokens
// whatever a model has learned.

/**
 * Rollouts of a model that spreads evenly, after each layer: R = (I + U) / 2 times the one before, U[q, k]
 * = 1 / (q + 1).
 * @type {Map<string, Float64Array>}
 */
const evenRollouts = new Map();
/** @param {number} T @param {number} l @returns {Float64Array} [T, T] */
function evenRollout(T, l) {
  const known = evenRollouts.get(`${T} ${l}`);
  if (known) return known;
  const before = l > 0 ? evenRollout(T, l - 1) : null, result = new Float64Array(T * T),
        above = new Float64Array(T);
  for (let q = 0; q < T; ++q)
    for (let k = 0; k <= q; ++k) {
      const own = before ? before[q * T + k] : Number(q === k);
      above[k] += own;  // the sum of the column down to q
      result[q * T + k] = 0.5 * own + 0.5 * above[k] / (q + 1);
    }
  evenRollouts.set(`${T} ${l}`, result);
  return result;
}

function buildRollout() {
  const host = byId('rollout-view'), left = el('div', {class: 'focus-map'}), legend = el('div');
  const slider = el(
            'input', {type: 'range', min: 0, max: L - 1, step: 1, oninput: () => set({roll: +slider.value})}),
        through = el('output');
  const flow =
      choice('Scale', [['even', 'against an even spread'], ['sqrt', 'square root']], v => set({flow: v}));
  const words = el('p', {class: 'quiet'});
  host.append(
      el('div', {class: 'controls'},
         el('label', {class: 'choice'}, el('span', {text: 'Through layer'}), slider, through), flow.node),
      left, words);
  /** @param {number} q @param {number} k */
  const even = (q, k) => evenRollout(lengthOf(state.x), state.roll)[q * lengthOf(state.x) + k];
  const tell = (/** @type {number} */ q, /** @type {number} */ k) => {
    const map = rolloutOf(state.x, state.roll), {tokens} = data.texts[state.x];
    return `${q} ${tokens[q]} ← ${k} ${tokens[k]}   ${percent(map.at(q, k), map)}` +
        (map.exact ? `, ${digitsOf(map.at(q, k) / even(q, k), 2)} × even` : '');
  };
  const view = new HeatView(
      left, {label: 'Rollout, position by token', help: 'heat-help', at: choosePlace, tip: tell});
  left.append(legend);
  const draw = () => {
    const has = data.texts[state.x].rollout;
    left.hidden = !has;
    if (!has) {
      words.textContent = 'This text has no rollout.';
      return;
    }
    const map = rolloutOf(state.x, state.roll), scale = new Scale(state.flow), {tokens} = data.texts[state.x];
    // Of a pooled block the middle stands for all of it.
    const mid = (/** @type {number} */ b) => map.span(b)[1];
    view.draw(
        map, tokens, scale,
        {sheared: false, zoom: 0, even: (i, j) => map.exact ? even(i, j) : even(mid(i), mid(j))});
    view.mark(state.q, state.k);
    legend.replaceChildren(scale.legend());
    flow.select.value = state.flow;
    slider.value = state.roll;
    through.textContent = String(state.roll);
  };
  watch(['x', 'roll', 'flow', 'theme', 'colours'], draw);
  watch(['x', 'roll', 'q', 'k'], () => {
    if (!data.texts[state.x].rollout) return;
    view.mark(state.q, state.k);
    words.textContent = tell(state.q, state.k);
  });
  view.onResize(draw);
}
