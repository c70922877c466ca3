// @ts-check
// All heads side by side: a small picture each, its label, and what removing it costs.

const tiles = /** @type {HTMLButtonElement[]} */ ([]);
const mostCost = Math.max(1e-12, ...data.head.map(h => Math.abs(h.mean[0] ?? 0)));

/**
 * Heads that are not singled out are dimmed.
 * @param {number} i
 */
function isDimmed(i) {
  const only = state.only ? state.only.split('|') : [];
  return (only.length > 0 && !only.includes(labelOf(data.head[i]).name)) ||
      (brushed !== null && !brushed.has(i));
}

function buildOverview() {
  const host = byId('overview-view');
  const named = new Set(data.head.map(h => labelOf(h).name));
  const show = choice(
      'Show',
      [
        ['weights', 'weights'], ['cost', 'cost of removing'],
        ...data.scores.map(s => /** @type {[string, string]} */ ([s.key, s.name]))
      ],
      v => set({show: v}));
  const sort = choice(
      'Order', [['layer', 'layer'], ['label', 'label'], ['cost', 'cost of removing'], ['group', 'group']],
      v => set({sort: v}));
  const filters =
      [...labels.values()]
          .filter(l => named.has(l.name))
          .map(
              label =>
                  el('button', {
                    class: 'chip',
                    type: 'button',
                    'aria-pressed': 'false',
                    'data-label': label.name,
                    onclick: () => {
                      const only = new Set(state.only ? state.only.split('|') : []);
                      if (!only.delete(label.name)) only.add(label.name);
                      set({only: [...only].join('|')});
                    }
                  },
                     badge(label),
                     `${shortName(label.name)} ${data.head.filter(h => labelOf(h) === label).length}`));
  const grid = el('div', {
    class: 'tiles',
    role: 'group',
    'aria-label': 'Heads; the arrow keys move between them',
    onkeydown: overviewKey,
    style: {'--columns': H}
  });
  for (let i = 0; i < L * H; ++i) {
    const label = labelOf(data.head[i]), l = Math.floor(i / H), h = i % H;
    const cost = data.head[i].mean[0];
    tiles.push(el(
        'button', {
          class: 'tile',
          type: 'button',
          tabindex: -1,
          'aria-label': spokenHead(i),
          title: `${nameOf(l, h)}: ${data.head[i].labels.join(', ')}${
              data.head[i].tags.length ? ` (${data.head[i].tags.join(', ')})` : ''}`,
          onclick: () => {
            goToHead(l, h);
            showSection('focus');
          },
          onfocus: () => roving(i)
        },
        el('span', {class: 'picture'}, el('canvas', {'aria-hidden': 'true'}), el('span', {class: 'amount'})),
        el('span', {class: 'name'}, badge(label), nameOf(l, h)),
        el('span', {class: 'called', text: shortName(label.name)}),
        cost === null ? null :
                        el('span', {class: 'cost' + (cost < 0 ? ' less' : '')},
                           el('span', {style: {width: `${100 * Math.abs(cost) / mostCost}%`}}))));
  }
  const caption = el('p', {class: 'quiet'});
  host.append(
      el('div', {class: 'controls'}, show.node, sort.node),
      el('div', {class: 'chips', role: 'group', 'aria-label': 'Single out heads by label'}, ...filters),
      el('div', {class: 'tile-frame'}, grid), caption);

  watch(['sort'], () => {
    sort.select.value = state.sort;
    grid.replaceChildren(...orderOfHeads().map(i => tiles[i]));
  });
  watch(['only', 'brush'], () => {
    tiles.forEach((tile, i) => tile.classList.toggle('dimmed', isDimmed(i)));
    for (const f of filters)
      f.setAttribute(
          'aria-pressed', String((state.only ? state.only.split('|') : []).includes(f.dataset.label)));
  });
  watch(['l', 'h'], () => {
    tiles.forEach((tile, i) => tile.setAttribute('aria-pressed', String(i === state.l * H + state.h)));
    roving(state.l * H + state.h);
  });
  watch(['x', 'show', 'scale', 'theme', 'colours'], () => {
    show.select.value = state.show;
    paintOverview();
    const T = data.texts.length ? lengthOf(state.x) : 0;
    caption.textContent = state.show !== 'weights' ?
        `Colours run over “${titleOf(state.show)}”, from the least to the largest.` :
        T > 64 ? `Pictures show the largest weight of each block of about ${Math.round(T / 64)} × ${
                     Math.round(T / 64)} tokens.` :
                 'Rows are queries, columns keys. The bar below a head is what removing it costs.';
  });
}

/**
 * Heads in the chosen order.
 * @returns {number[]}
 */
function orderOfHeads() {
  const all = range(L * H), names = [...labels.keys()];
  /** @type {Record<string, (i: number) => number>} */
  const by = {
    layer: i => i,
    label: i => names.indexOf(labelOf(data.head[i]).name),
    cost: i => -(data.head[i].mean[0] ?? -1e9),
    group: i => data.head[i].cluster
  };
  return all.sort((a, b) => by[state.sort](a) - by[state.sort](b) || a - b);
}

function paintOverview() {
  const weights = state.show === 'weights';
  const values = weights ? [] : range(L * H).map(i => valueOf(i, state.show));
  const known = /** @type {number[]} */ (values.filter(v => v !== null));
  const low = Math.min(0, ...known), high = Math.max(low + 1e-12, ...known);
  const scale = new Scale(weights ? state.scale : 'linear'), small = el('canvas');
  tiles.forEach((tile, i) => {
    const canvas = /** @type {HTMLCanvasElement} */ (tile.querySelector('canvas'));
    const amount = /** @type {HTMLElement} */ (tile.querySelector('.amount'));
    const picture = /** @type {HTMLElement} */ (tile.querySelector('.picture'));
    const value = values[i] ?? null;
    canvas.hidden = !weights;
    amount.textContent = weights ? '' : plain(value);
    const colour = weights || value === null ? null : scale.colour((value - low) / (high - low), 1);
    picture.style.background = colour ? css(colour) : '';
    amount.style.color = colour ? inkOn(colour) : '';
    if (!weights || data.texts.length === 0) return;
    scale.paint(thumbnailOf(state.x, i), small);
    // A whole multiple first, so that the browser's smoothing to the tile's size cannot swallow a thin line.
    const times = Math.ceil(192 / small.width);
    canvas.width = canvas.height = small.width * times;
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
    context.imageSmoothingEnabled = false;
    context.drawImage(small, 0, 0, canvas.width, canvas.height);
  });
}

/**
 * One of the tiles is in the page's order of the Tab key; arrows move between them.
 * @param {number} i
 */
function roving(i) {
  tiles.forEach((tile, j) => { tile.tabIndex = i === j ? 0 : -1; });
}

/** @param {KeyboardEvent} e */
function overviewKey(e) {
  const order = orderOfHeads(), at = order.findIndex(i => tiles[i] === document.activeElement);
  /** @type {Record<string, number>} */
  const moves = {
    ArrowLeft: at - 1,
    ArrowRight: at + 1,
    ArrowUp: at - H,
    ArrowDown: at + H,
    Home: 0,
    End: order.length - 1
  };
  if (at < 0 || !(e.key in moves) || e.ctrlKey || e.altKey || e.metaKey) return;
  e.preventDefault();
  const to = moves[e.key];
  if (to >= 0 && to < order.length) tiles[order[to]].focus();
}
