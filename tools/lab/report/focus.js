// @ts-check
// One head: its map, the largest weights of the chosen query, and the head's numbers beside what they would be by chance.

/** @type {HeatView} */
let focusView;

function focusScale() {
  const map = mapOf(state.x, state.l, state.h);
  return new Scale(state.scale, state.own && state.scale !== 'even' ? largestOf(map) : 1);
}
/** @param {Triangle} map */
function largestOf(map) {
  let most = 0;
  for (const c of map.codes) most = Math.max(most, c);
  return map.weights[most];
}

/** @param {number} q @param {number} k */
function tipText(q, k) {
  const map = mapOf(state.x, state.l, state.h), {tokens} = data.texts[state.x];
  return `${q} ${tokens[q]} → ${k} ${tokens[k]}   ${percent(map.at(q, k), map)}`;
}

function buildFocus() {
  const host = byId('focus-view'), heading = byId('focus-heading');
  const left = el('div', {class: 'focus-map'}), side = el('div', {class: 'focus-side'});
  const about = el('p', {class: 'about'}), badgePlace = el('p', {class: 'quiet notes'});
  const scale = choice(
      'Scale',
      [
        ['sqrt', 'square root'], ['linear', 'linear'], ['log', 'logarithmic'],
        ['even', 'against an even spread']
      ],
      v => set({scale: v}));
  const colours = choice('Colours', [['cividis', 'cividis'], ['grey', 'grey']], v => set({colours: v}));
  const toggle = (/** @type {string} */ name, /** @type {string} */ text, /** @type {string} */ title) =>
      el('button', {
        type: 'button',
        class: 'toggle',
        'data-entry': name,
        text,
        title,
        onclick: () => set({[name]: state[name] ? 0 : 1})
      });
  const toggles = [
    toggle('shear', 'By distance', 'Columns are distances from the query'),
    toggle('own', 'Own maximum', 'The last colour stands for this head’s largest weight'),
    toggle('pin', 'Keep place', 'Pointing does not move the cell')
  ];
  const zoom = (/** @type {number} */ by, /** @type {string} */ text, /** @type {string} */ label) =>
      el('button', {type: 'button', class: 'toggle', text, 'aria-label': label, onclick: () => zoomBy(by)});
  const legend = el('div', {class: 'legend-place'});
  host.append(
      about,
      el('div', {class: 'controls'}, scale.node, colours.node, ...toggles,
         el('span', {class: 'buttons'}, zoom(-1, '−', 'Smaller'), zoom(0, 'Fit', 'As large as fits'),
            zoom(1, '+', 'Larger')),
         el('button', {type: 'button', class: 'toggle', text: 'Save picture', onclick: savePicture})),
      badgePlace, el('div', {class: 'focus'}, left, side), el('p', {
        id: 'heat-help',
        class: 'unseen',
        text:
            'Arrow keys move the cell, Home and End go to the first and last key, Page Up and Page Down move eight queries, Enter keeps the place, Escape lets go.'
      }));
  focusView = new HeatView(
      left, {label: 'Attention weights, query by key', help: 'heat-help', at: choosePlace, tip: tipText});
  left.append(legend);

  const rowHeading = el('h3'), rows = el('tbody'), rest = el('p', {class: 'quiet'}),
        next = el('p', {class: 'quiet'});
  const lens = el('canvas', {class: 'lens', width: 15 * 12, height: 15 * 12, 'aria-hidden': 'true'});
  side.append(
      rowHeading,
      el('table', {class: 'row-table'},
         el('caption', {class: 'unseen', text: 'Largest weights of the query'}),
         el('thead', {},
            el('tr', {}, ...['key', 'token', 'weight', ''].map(text => el('th', {scope: 'col', text})))),
         rows),
      rest, next, lens);
  const card = el('div');
  host.append(el('details', {class: 'card', open: true}, el('summary', {text: 'The head in numbers'}), card));

  const draw = () => {
    const map = mapOf(state.x, state.l, state.h), how = focusScale(), {tokens} = data.texts[state.x];
    focusView.draw(map, tokens, how, {sheared: !!state.shear, zoom: state.zoom});
    focusView.mark(state.q, state.k);
    legend.replaceChildren(how.legend());
    scale.select.value = state.scale;
    colours.select.value = state.colours;
    lens.hidden = focusView.size >= 8;
    if (!lens.hidden) drawLens(lens);
    badgePlace.textContent = [
      map.exact ? '' :
                  `This head is kept at ${map.side} × ${
                      map.side}: each cell is the largest weight of a block of tokens.`,
      state.own && state.scale !== 'even' ?
          `The last colour stands for ${percent(largestOf(map), map)}, not for 100 %.` :
          ''
    ].filter(Boolean).join(' ');
  };
  watch(['x', 'l', 'h', 'scale', 'own', 'shear', 'zoom', 'theme', 'colours'], draw);
  watch(['x', 'l', 'h'], () => {
    const head = headOf(state.l, state.h), label = labelOf(head);
    heading.textContent = `One head: ${nameOf(state.l, state.h)}`;
    put(about, badge(label), ` ${head.labels.join(', ')}`,
        head.tags.length ? ` (${head.tags.join(', ')})` : '');
    put(card, headCard(head));
  });
  watch(['pin', 'shear', 'own'], () => {
    for (const t of toggles) t.setAttribute('aria-pressed', String(!!state[t.dataset.entry]));
  });
  watch(['x', 'l', 'h', 'q', 'k', 'theme', 'colours', 'scale', 'own', 'zoom'], () => {
    focusView.mark(state.q, state.k);
    fillRow(rowHeading, rows, rest, next);
    if (!lens.hidden) drawLens(lens);
  });
  focusView.onResize(draw);
}

/** @param {number} q @param {number} k @param {"point"|"choose"|"key"} how */
function choosePlace(q, k, how) {
  if (how === 'point' && state.pin) return;
  const again = how === 'choose' && state.pin && q === state.q && k === state.k;
  set(how === 'choose' ? {q, k, pin: again ? 0 : 1} : {q, k});
}

/** @param {number} by */
function zoomBy(by) {
  if (by === 0) {
    set({zoom: 0});
    return;
  }
  const at = cellSizes.indexOf(focusView.size);
  set({zoom: cellSizes[clamp(at + by, 0, cellSizes.length - 1)]});
}

/**
 * A bar as long as the weight, and a mark where an even spread would end.
 * @param {number} weight
 * @param {Scale} scale
 * @param {number} even
 */
function weightBar(weight, scale, even) {
  const style = {width: `${100 * weight}%`, background: css(scale.colour(weight, even))};
  const mark = el('span', {class: 'even', title: 'an even spread', style: {left: `${100 * even}%`}});
  return el('span', {class: 'bar-line'}, el('span', {class: 'bar', style}), mark);
}

/**
 * The ten largest weights of the query, as a table.
 * @param {HTMLElement} heading
 * @param {HTMLElement} rows
 * @param {HTMLElement} rest
 * @param {HTMLElement} next
 */
function fillRow(heading, rows, rest, next) {
  const map = mapOf(state.x, state.l, state.h), {tokens, expected, probability} = data.texts[state.x],
        {q} = state;
  const row = map.row(q), shown = row.slice(0, 10), scale = focusScale();
  put(heading, 'Query ', el('span', {class: 'quiet', text: q}), ' ',
      el('bdi', {class: 'token', text: tokens[q]}), ' looks at');
  rows.replaceChildren(...shown.map(
      ({first, last, weight}) =>
          el('tr', {class: state.k >= first && state.k <= last ? 'on' : '', onclick: () => set({k: first})},
             el('td', {class: 'number', text: first === last ? first : `${first}–${last}`}),
             el('td', {},
                el('button', {
                  type: 'button',
                  class: 'plain',
                  onclick: () => set({k: first}),
                  'aria-label': `key ${first}, ${tokens[first]}, ${percent(weight, map)}`
                },
                   el('bdi', {class: 'token', text: tokens[first] + (last > first ? ' …' : '')}))),
             el('td', {class: 'number', text: percent(weight, map)}),
             el('td', {class: 'bar-place'}, weightBar(weight, scale, evenly(q))))));
  const others = row.length - shown.length, left = row.slice(10).reduce((sum, r) => sum + r.weight, 0);
  rest.textContent = `An even spread gives each of ${q + 1} keys ${digitsOf(100 * evenly(q), 3)} %` +
      (others > 0 && map.exact ? `; the other ${others} share ${digitsOf(100 * left, 2)} %.` : '.');
  const p = probability[q] ?? null;
  next.textContent = expected.length === 0 ? '' :
                                             `After this token the model expects “${expected[q]}”` +
          (q + 1 < tokens.length && p !== null ?
               `; “${tokens[q + 1]}” follows, to which it gave ${digitsOf(100 * p, 2)} %.` :
               '.');
}

/**
 * What is around the cell, where cells are too small to be told apart.
 * @param {HTMLCanvasElement} lens
 */
function drawLens(lens) {
  const map = mapOf(state.x, state.l, state.h), scale = focusScale(), size = 12, reach = 7;
  const context = /** @type {CanvasRenderingContext2D} */ (lens.getContext('2d'));
  context.clearRect(0, 0, lens.width, lens.height);
  for (let i = -reach; i <= reach; ++i)
    for (let j = -reach; j <= reach; ++j) {
      const q = state.q + i, k = state.k + j;
      if (q < 0 || q >= map.length || k < 0 || k > q) continue;
      context.fillStyle = css(scale.colour(map.at(q, k), evenly(q)));
      context.fillRect((j + reach) * size, (i + reach) * size, size - 1, size - 1);
    }
  context.strokeStyle = isDark() ? '#fff' : '#000';
  context.lineWidth = 2;
  context.strokeRect(reach * size - 1, reach * size - 1, size + 1, size + 1);
}

function savePicture() {
  const canvas = focusView.canvas, times = Math.max(1, Math.round(1024 / canvas.width)), copy = el('canvas');
  copy.width = copy.height = canvas.width * times;
  const context = copy.getContext('2d');
  context.fillStyle = css(pageColour());
  context.fillRect(0, 0, copy.width, copy.height);
  context.imageSmoothingEnabled = false;
  context.drawImage(canvas, 0, 0, copy.width, copy.height);
  copy.toBlob((/** @type {Blob|null} */ blob) => {
    if (blob) save(`${nameOf(state.l, state.h)}.png`, blob);
  });
}
