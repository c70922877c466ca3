// @ts-check
// The text, each token coloured by its weight: what the query looks at, or how much every later token looks back at it.

function buildText() {
  const host = byId('text-view');
  /** @type {HTMLElement[]} */
  let spans = [];
  /**
   * What each token's colour is; most stay as they are while the query moves.
   * @type {string[]}
   */
  let shown = [];
  const words = el('p', {class: 'quiet'});
  const list = el('div', {
    class: 'tokens',
    role: 'listbox',
    tabindex: 0,
    'aria-label': 'Tokens; the arrow keys choose the query',
    'aria-orientation': 'horizontal',
    onkeydown: textKey
  });
  const look = (/** @type {string} */ value, /** @type {string} */ text) =>
      el('button',
         {type: 'button', class: 'toggle', text, 'data-look': value, onclick: () => set({look: value})});
  const looks = [look('to', 'What it looks at'), look('from', 'Who looks at it')];
  const find = el('input', {
    type: 'search',
    id: 'find',
    placeholder: 'Find a token',
    'aria-label': 'Find a token; Enter goes to the next',
    onkeydown: (/** @type {KeyboardEvent} */ e) => {
      if (e.key === 'Enter') findToken(find.value);
    }
  });
  host.append(
      el('div', {class: 'controls'},
         el('span', {class: 'buttons', role: 'group', 'aria-label': 'Direction'}, ...looks), find),
      list, words);

  watch(['x'], () => {
    const {tokens, breaks} = data.texts[state.x], after = new Set(breaks);
    const nodes = [];
    spans = tokens.map((text, t) => el('span', {
                         class: 'token',
                         role: 'option',
                         id: `token-${t}`,
                         text,
                         'aria-selected': 'false',
                         onclick: () => set({q: t, k: -1}),
                         onpointerenter: () => { spans[t].title = tokenTitle(t); }
                       }));
    for (const [t, span] of spans.entries()) {
      nodes.push(span);
      if (after.has(t)) nodes.push(el('br'));
    }
    list.replaceChildren(...nodes);
    shown = [];
  });
  watch(['x', 'l', 'h', 'q', 'look', 'scale', 'own', 'theme', 'colours'], () => {
    const map = mapOf(state.x, state.l, state.h), scale = focusScale(), {q} = state,
          from = state.look === 'from';
    const {tokens} = data.texts[state.x];
    spans.forEach((span, t) => {
      const seen = from ? t >= q : t <= q, p = !seen ? 0 : from ? map.at(t, q) : map.at(q, t);
      const colour = scale.colour(p, evenly(from ? t : q)), background = seen ? css(colour) : '';
      if (background !== shown[t]) {
        shown[t] = span.style.background = background;
        span.style.color = seen ? inkOn(colour) : '';
        span.classList.toggle('unreached', !seen);
      }
    });
    list.querySelector('[aria-selected=true]')?.setAttribute('aria-selected', 'false');
    spans[q].setAttribute('aria-selected', 'true');
    list.setAttribute('aria-activedescendant', `token-${q}`);
    for (const b of looks) b.setAttribute('aria-pressed', String(b.dataset.look === state.look));
    words.textContent = from ?
        `How much each later token looks at ${q} “${tokens[q]}” in ${nameOf(state.l, state.h)}.` :
        `What ${q} “${tokens[q]}” looks at in ${nameOf(state.l, state.h)}.`;
  });
}

/** @param {number} t */
function tokenTitle(t) {
  const map = mapOf(state.x, state.l, state.h), from = state.look === 'from', {q} = state;
  if (from ? t < q : t > q) return `${t}: ${from ? 'before it' : 'masked, the future'}`;
  return `${t}: ${percent(from ? map.at(t, q) : map.at(q, t), map)}`;
}

/** @param {KeyboardEvent} e */
function textKey(e) {
  const last = lengthOf(state.x) - 1, {q} = state;
  /** @type {Record<string, number>} */
  const moves = {ArrowLeft: q - 1, ArrowRight: q + 1, ArrowUp: q - 8, ArrowDown: q + 8, Home: 0, End: last};
  if (!(e.key in moves) || e.ctrlKey || e.altKey || e.metaKey) return;
  e.preventDefault();
  set({q: clamp(moves[e.key], 0, last), k: -1});
}

/**
 * The next token, from the query on, that holds the words.
 * @param {string} words
 */
function findToken(words) {
  const {tokens} = data.texts[state.x], T = tokens.length;
  if (words === '') return;
  for (let i = 1; i <= T; ++i) {
    const t = (state.q + i) % T;
    if (tokens[t].toLowerCase().includes(words.toLowerCase())) {
      set({q: t, k: -1});
      return;
    }
  }
  announce(`No token holds ${words}`);
}
