// @ts-check
// The bipartite picture: from each query on the left to its largest weights among the keys on the right.

const lineWindow = 64, lineStep = 18, mostHeads = 8;

/**
 * The heads that are drawn, the chosen one first.
 * @returns {[number, number][]}
 */
function lineHeads() {
  const more = state.heads === '' ?
      [] :
      state.heads.split(',').map((/** @type {string} */ t) => t.split('.').map(Number));
  return [
    [state.l, state.h],
    ...more.filter((/** @type {number[]} */[l, h]) => l < L && h < H && (l !== state.l || h !== state.h))
  ].slice(0, mostHeads);
}

/**
 * The largest weights of a query that together reach a share of all it has to give.
 * @param {Triangle} map
 * @param {number} q
 * @param {number} share
 */
function upTo(map, q, share) {
  const chosen = [];
  let sum = 0;
  for (const entry of map.row(q)) {
    if (sum >= share || entry.weight === 0) break;
    sum += entry.weight;
    chosen.push(entry);
  }
  return chosen;
}

function buildLines() {
  const host = byId('lines-view');
  const canvas = el('canvas', {class: 'lines', tabindex: 0, role: 'img'}), words = el('p', {class: 'quiet'});
  const mass =
      el('input', {type: 'range', min: 5, max: 99, step: 1, oninput: () => set({mass: +mass.value})});
  const amount = el('output'),
        chips = el('span', {class: 'chips', role: 'group', 'aria-label': 'Heads that are drawn'});
  const add = el('select', {
    'aria-label': 'Draw one more head',
    onchange: () => {
      if (add.value) set({heads: [...state.heads.split(',').filter(Boolean), add.value].join(',')});
    }
  });
  host.append(
      el('div', {class: 'controls'},
         el('label', {class: 'choice'}, el('span', {text: 'Share of each query’s attention'}), mass, amount),
         chips, add),
      el('div', {class: 'wide'}, canvas), words);
  /** @type {{first: number, count: number, width: number}} */
  let shown = {first: 0, count: 0, width: 0};

  const draw = () => {
    const {tokens} = data.texts[state.x], T = tokens.length, count = Math.min(T, lineWindow);
    const first = clamp(state.q - Math.floor(count * 0.75), 0, T - count),
          width = clamp(host.clientWidth - 20, 300, 720);
    shown = {first, count, width};
    drawLines(canvas, shown);
    amount.textContent = `${state.mass} %`;
    mass.value = state.mass;
    const heads = lineHeads(), more = heads.slice(1).map(([l, h]) => `${l}.${h}`);
    chips.replaceChildren(...heads.map(
        ([l, h], i) =>
            el('button', {
              type: 'button',
              class: 'chip',
              disabled: i === 0,
              'aria-label': i === 0 ? `${nameOf(l, h)} is drawn` : `Remove ${nameOf(l, h)}`,
              onclick: () => set({heads: more.filter(t => t !== `${l}.${h}`).join(',')})
            },
               lineSample(heads.length > 1 ? i : -1), ` ${nameOf(l, h)}${i ? ' ×' : ''}`)));
    add.replaceChildren(
        el('option', {value: '', text: '+ head'}),
        ...range(L * H)
            .filter(i => !heads.some(([l, h]) => l * H + h === i))
            .map(i => el('option', {
                   value: `${Math.floor(i / H)}.${i % H}`,
                   text: `${nameOf(Math.floor(i / H), i % H)} ${shortName(labelOf(data.head[i]).name)}`
                 })));
    add.hidden = heads.length >= mostHeads;
    const map = mapOf(state.x, state.l, state.h), top = upTo(map, state.q, state.mass / 100);
    canvas.setAttribute(
        'aria-label',
        `Lines from queries ${first} to ${first + count - 1}. ${nameOf(state.l, state.h)}: query ${state.q} ${
            tokens[state.q]} needs ${top.length} keys for ${
            state.mass} percent. Up and down choose the query.`);
    words.textContent = (T > count ? `Tokens ${first} to ${first + count - 1}, around the query. ` : '') +
        'Wider lines weigh more. The chosen query’s lines are full, the others faint.';
  };
  watch(['x', 'l', 'h', 'q', 'mass', 'heads', 'theme', 'colours'], draw);
  canvas.addEventListener('click', (/** @type {MouseEvent} */ e) => {
    const box = canvas.getBoundingClientRect(),
          t = shown.first + Math.floor((e.clientY - box.top - 4) / lineStep);
    if (t >= shown.first && t < shown.first + shown.count)
      if (e.clientX - box.left < box.width / 2)
        set({q: t, k: -1});
      else if (t <= state.q)
        set({k: t});
  });
  canvas.addEventListener('keydown', (/** @type {KeyboardEvent} */ e) => {
    const by = e.key === 'ArrowUp' ? -1 : e.key === 'ArrowDown' ? 1 : 0;
    if (by === 0 || e.ctrlKey || e.altKey || e.metaKey) return;
    e.preventDefault();
    set({q: clamp(state.q + by, 0, lengthOf(state.x) - 1), k: -1});
  });
  new ResizeObserver(oncePerFrame(draw)).observe(host);
}

/**
 * The colour and the dash of a head among several; -1: it is alone.
 * @param {number} i
 */
function lineStyle(i) {
  if (i < 0) return {colour: isDark() ? '#f2d16b' : '#0b3d91', dash: []};
  const hue = hues[i];
  // Blue and wine are dark on dark, yellow is light on white; there the page's ink takes part.
  return {colour: css(mix(rgbOf(hue), isDark() ? [255, 255, 255] : [0, 0, 0], 0.25)), dash: dashes[i]};
}
/** @param {number} i */
function lineSample(i) {
  const {colour, dash} = lineStyle(i);
  return svg('svg', {width: 34, height: 10, 'aria-hidden': 'true'}, svg('line', {
               x1: 1,
               x2: 33,
               y1: 5,
               y2: 5,
               stroke: colour,
               'stroke-width': 2.5,
               'stroke-dasharray': dash.join(' ')
             }));
}

/** @param {HTMLCanvasElement} canvas @param {{first: number, count: number, width: number}} shown */
function drawLines(canvas, {first, count, width}) {
  const {tokens} = data.texts[state.x], height = count * lineStep + 8, ratio = window.devicePixelRatio || 1;
  const wide = Math.min(150, width * 0.3), y = (/** @type {number} */ t) => 4 + (t - first + 0.5) * lineStep;
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const c = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
  c.scale(ratio, ratio);
  const heads = lineHeads();
  heads.forEach(([l, h], i) => {
    const map = mapOf(state.x, l, h), {colour, dash} = lineStyle(heads.length > 1 ? i : -1);
    c.strokeStyle = colour;
    c.setLineDash(dash);
    // The chosen query last, on top of the others.
    for (const q of [...range(count).map(t => t + first).filter(q => q !== state.q), state.q])
      for (const {first: from, last, weight} of upTo(map, q, state.mass / 100)) {
        const k = (from + last) / 2;
        if (k < first) continue;
        // A head that spreads its weight thinly must not look as if it had none.
        c.globalAlpha = (0.1 + 0.9 * Math.sqrt(weight)) * (q === state.q ? 1 : 0.4);
        c.lineWidth = 0.5 + 2.5 * Math.sqrt(weight) + (q === state.q ? 1 : 0);
        c.beginPath();
        c.moveTo(wide + 4, y(q));
        c.bezierCurveTo(width / 2, y(q), width / 2, y(k), width - wide - 4, y(k));
        c.stroke();
      }
  });
  c.globalAlpha = 1;
  c.setLineDash([]);
  c.textBaseline = 'middle';
  const style = getComputedStyle(canvas), ink = style.getPropertyValue('--text'),
        mark = style.getPropertyValue('--mark');
  for (let t = first; t < first + count; ++t)
    for (const right of [false, true]) {
      const chosen = t === (right ? state.k : state.q);
      c.fillStyle = chosen ? mark : ink;
      c.font = `${chosen ? 'bold ' : ''}12px ui-monospace, "DejaVu Sans Mono", monospace`;
      c.textAlign = right ? 'left' : 'right';
      c.fillText(fitted(c, tokens[t], wide - 6), right ? width - wide : wide, y(t));
    }
}

/**
 * As much of a token as there is room for.
 * @param {CanvasRenderingContext2D} c
 * @param {string} text
 * @param {number} room
 */
function fitted(c, text, room) {
  let shown = [...text].slice(0, 40).join('');
  if (shown === text && c.measureText(text).width <= room) return text;
  while (shown !== '' && c.measureText(shown + '…').width > room) shown = [...shown].slice(0, -1).join('');
  return shown + '…';
}
