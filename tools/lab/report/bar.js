// @ts-check
// The bar that stays in sight: what is chosen, in numbers; keys, theme and help; and the same in words for screen readers.

const keyTable = [
  ['↑ ↓ ← →', 'move the cell, in a map; the query, in the text; between heads, among all heads'],
  ['Home  End', 'first and last key that the query sees'],
  ['Page Up  Page Down', 'eight queries back or on'],
  ['Enter', 'keep the place, so that pointing does not move it'],
  ['Esc', 'let go'],
  ['[  ]', 'the head before, the next head'],
  ['{  }', 'the layer before, the next layer'],
  ['s', 'next scale'],
  ['d', 'columns are keys or distances'],
  ['+  −  0', 'larger, smaller, what fits'],
  ['f', 'what the query looks at, or who looks at it'],
  ['/', 'find a token'],
  ['t', 'theme'],
  ['?', 'this help'],
];

const live = el('div', {class: 'unseen', role: 'status', 'aria-live': 'polite'});
/** @type {any} */
let liveTimer = null;
/**
 * Says it once the reader rests; a held arrow key would otherwise say it forty times.
 * @param {string} text
 */
function announce(text) {
  clearTimeout(liveTimer);
  liveTimer = setTimeout(() => { live.textContent = text; }, 150);
}

/** The chosen weight in words. */
function spokenPlace() {
  const {q, k} = state, map = mapOf(state.x, state.l, state.h), {tokens} = data.texts[state.x];
  const row = map.row(q), rank = 1 + row.findIndex(r => k >= r.first && k <= r.last);
  return `query ${q} ${tokens[q]}, key ${k} ${tokens[k]}, ${
      percent(map.at(q, k), map).replace('≤', 'at most').replace('%', 'percent')}, rank ${rank} of ${
      row.length}`;
}

function buildBar() {
  const place = el('span', {class: 'place'}), head = el('span', {class: 'head-name'});
  const button = (/** @type {string} */ text, /** @type {string} */ label, /** @type {() => void} */ go) =>
      el('button', {type: 'button', class: 'toggle', text, 'aria-label': label, title: label, onclick: go});
  const theme =
      choice('Theme', [['system', 'system'], ['light', 'light'], ['dark', 'dark']], v => set({theme: v}));
  const texts = choice(
      'Text',
      data.texts.map((t, i) => [String(i), `${i + 1}: ${t.tokens.slice(0, 6).join(' ').slice(0, 28)}…`]),
      v => set({x: +v, q: -1, k: -1}, {visit: true}));
  texts.node.hidden = data.texts.length < 2;
  const help = helpDialog();
  byId('bar').append(
      el('div', {class: 'chosen'}, button('‹', 'The head before  [', () => stepHead(-1)), head,
         button('›', 'The next head  ]', () => stepHead(1)), place),
      el('div', {class: 'settings'}, texts.node, theme.node,
         button('Keys ?', 'Keys  ?', () => help.showModal())),
      live);
  document.body.append(help);

  watch(['theme'], () => {
    theme.select.value = state.theme;
    if (state.theme === 'system')
      delete document.documentElement.dataset.theme;
    else
      document.documentElement.dataset.theme = state.theme;
  });
  watch(['x'], () => { texts.select.value = String(state.x); });
  watch(['l', 'h'], () => {
    const chosen = headOf(state.l, state.h);
    head.replaceChildren(
        badge(labelOf(chosen)), el('b', {text: nameOf(state.l, state.h)}), ' ',
        el('span', {class: 'called', text: shortName(labelOf(chosen).name)}));
  });
  if (data.texts.length === 0) return;
  watch(['x', 'l', 'h', 'q', 'k', 'pin'], () => {
    const {q, k} = state, map = mapOf(state.x, state.l, state.h), {tokens} = data.texts[state.x],
              p = map.at(q, k);
    put(place, el('span', {class: 'quiet', text: q}), ' ', el('bdi', {class: 'token', text: tokens[q]}),
        ' → ', el('span', {class: 'quiet', text: k}), ' ', el('bdi', {class: 'token', text: tokens[k]}), ' ',
        el('b', {class: 'weight', text: percent(p, map)}),
        el('span', {class: 'quiet times', text: map.exact ? ` ${digitsOf(p / evenly(q), 2)} × even` : ''}),
        state.pin ? el('button', {
          type: 'button',
          class: 'toggle kept',
          text: 'kept',
          title: 'Let go  Esc',
          onclick: () => set({pin: 0})
        }) :
                    null);
    announce(spokenPlace());
  });
}

function helpDialog() {
  const dialog = el('dialog', {'aria-labelledby': 'help-heading'});
  const single = el('input', {type: 'checkbox', onchange: () => set({keys: single.checked ? 1 : 0})});
  dialog.append(
      el('h2', {id: 'help-heading', text: 'Keys'}),
      el('table', {},
         el('tbody', {},
            ...keyTable.map(
                ([key, what]) =>
                    el('tr', {}, el('th', {scope: 'row'}, el('kbd', {text: key})), el('td', {text: what}))))),
      el('p', {}, el('label', {}, single, ' Single letters and signs are commands')),
      el('form', {method: 'dialog'}, el('button', {class: 'toggle', text: 'Close'})));
  watch(['keys'], () => { single.checked = !!state.keys; });
  return dialog;
}

/** @param {number} by */
function stepHead(by) {
  const i = (state.l * H + state.h + by + L * H) % (L * H);
  goToHead(Math.floor(i / H), i % H);
}
/** @param {number} by */
function stepLayer(by) { goToHead((state.l + by + L) % L, state.h); }

/**
 * The value after the present one.
 * @param {string} name
 * @param {any[]} values
 */
function cycle(name, values) { set({[name]: values[(values.indexOf(state[name]) + 1) % values.length]}); }

/** @type {Record<string, () => void>} */
const commands = {
  '[': () => stepHead(-1),
  ']': () => stepHead(1),
  '{': () => stepLayer(-1),
  '}': () => stepLayer(1),
  's': () => cycle('scale', ['sqrt', 'linear', 'log', 'even']),
  'd': () => cycle('shear', [0, 1]),
  'f': () => cycle('look', ['to', 'from']),
  't': () => cycle('theme', ['system', 'light', 'dark']),
  '+': () => zoomBy(1),
  '=': () => zoomBy(1),
  '-': () => zoomBy(-1),
  '0': () => zoomBy(0),
  '/': () => {
    showSection('text');
    byId('find').focus();
  },
  '?': () => /** @type {HTMLDialogElement} */ (document.querySelector('dialog')).showModal(),
};

/** @param {KeyboardEvent} e */
function command(e) {
  const target = /** @type {HTMLElement} */ (e.target);
  if (e.ctrlKey || e.altKey || e.metaKey || e.defaultPrevented || document.querySelector('dialog[open]'))
    return;
  if (e.key === 'Escape') {
    set({pin: 0});
    return;
  }
  if (/^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName)) return;
  if (e.key === 'Enter' && target.classList.contains('heat')) {
    set({pin: state.pin ? 0 : 1});
    e.preventDefault();
    return;
  }
  if (!state.keys || !(e.key in commands)) return;
  e.preventDefault();
  commands[e.key]();
}
