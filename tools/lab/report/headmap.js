// @ts-check
// Heads as marks on a plane of two of their numbers.

function buildHeadMap() {
  const host = byId('map-view'), height = 460;
  let width = 720;
  const options = /** @type {[string, string][]} */ (axes.map(a => [a, titleOf(a)]));
  const across = choice('Across', options, v => {
    brush(null);
    set({mx: v});
  }), up = choice('Up', options, v => {
        brush(null);
        set({my: v});
      });
  const all = el(
      'button',
      {type: 'button', class: 'toggle', text: 'All heads again', hidden: true, onclick: () => brush(null)});
  const picture = svg('svg', {
    class: 'chart',
    tabindex: 0,
    role: 'group',
    'aria-label':
        'Map of heads. The left and right arrow keys go from head to head; their numbers are in the table of heads.',
    onkeydown: (/** @type {KeyboardEvent} */ e) => {
      const by = /** @type {Record<string, number>} */ (
          {ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1})[e.key];
      if (!by || e.ctrlKey || e.altKey || e.metaKey) return;
      e.preventDefault();
      stepHead(by);
    }
  });
  const words = el('p', {class: 'quiet'});
  host.append(
      el('div', {class: 'controls'}, across.node, up.node, all), el('div', {class: 'chart-place'}, picture),
      words);
  /** @type {{i: number, x: number, y: number, mark: any}[]} */
  let marks = [];

  const draw = () => {
    width = chartWidth(host);
    picture.setAttribute('viewBox', `0 0 ${width} ${height}`);
    across.select.value = state.mx;
    up.select.value = state.my;
    const known = range(L * H).filter(i => valueOf(i, state.mx) !== null && valueOf(i, state.my) !== null);
    const xs = known.map(i => /** @type {number} */ (valueOf(i, state.mx))),
          ys = known.map(i => /** @type {number} */ (valueOf(i, state.my)));
    const frame =
        frameOf({width, height, x: xs, y: ys, xTitle: titleOf(state.mx), yTitle: titleOf(state.my)});
    marks = known.map((i, n) => {
      const label = labelOf(data.head[i]), x = frame.atX(xs[n]), y = frame.atY(ys[n]);
      return {
        i,
        x,
        y,
        mark: svg(
            'g', {
              class: 'mark',
              transform: `translate(${x} ${y})`,
              onclick: () => goToHead(Math.floor(i / H), i % H)
            },
            svg('title', {text: spokenHead(i)}), svg('circle', {r: 9, fill: label.hue}),
            svg('text', {y: 4, 'text-anchor': 'middle', fill: inkOn(rgbOf(label.hue)), text: label.glyph}),
            svg('text', {class: 'name', x: 12, y: 4, text: nameOf(Math.floor(i / H), i % H)}))
      };
    });
    picture.replaceChildren(
        frame.group, ...marks.map(m => m.mark), svg('rect', {class: 'brush', visibility: 'hidden'}));
    picture.classList.toggle('crowded', known.length > 40);
    words.textContent = known.length < L * H ? `${L * H - known.length} heads have no such number.` : '';
  };
  const markChosen = () => {
    for (const {i, mark} of marks) {
      mark.classList.toggle('on', i === state.l * H + state.h);
      mark.classList.toggle('dimmed', brushed !== null && !brushed.has(i));
    }
    const chosen = marks.find(m => m.i === state.l * H + state.h);
    if (chosen) picture.insertBefore(chosen.mark, picture.lastChild);  // over its neighbours
    all.hidden = brushed === null;
  };
  watch(['mx', 'my', 'theme'], draw);
  watch(['mx', 'my', 'theme', 'l', 'h', 'brush'], markChosen);
  new ResizeObserver(oncePerFrame(() => {
    if (chartWidth(host) !== width) {
      draw();
      markChosen();
    }
  })).observe(host);

  /** @type {[number, number]|null} */
  let from = null;
  const place = (/** @type {PointerEvent} */ e) => {
    const box = picture.getBoundingClientRect();
    return /** @type {[number, number]} */ (
        [(e.clientX - box.left) * width / box.width, (e.clientY - box.top) * height / box.height]);
  };
  picture.addEventListener('pointerdown', (/** @type {PointerEvent} */ e) => {
    if (e.pointerType === 'mouse') from = place(e);
  });
  picture.addEventListener('pointermove', (/** @type {PointerEvent} */ e) => {
    if (!from) return;
    const to = place(e), area = picture.lastChild;
    const [x, y] = [Math.min(from[0], to[0]), Math.min(from[1], to[1])],
              [w, h] = [Math.abs(to[0] - from[0]), Math.abs(to[1] - from[1])];
    filled(area, {x, y, width: w, height: h, visibility: w + h > 8 ? 'visible' : 'hidden'}, []);
    if (w + h > 8)
      brush(new Set(marks.filter(m => m.x >= x && m.x <= x + w && m.y >= y && m.y <= y + h).map(m => m.i)));
  });
  for (const end of ['pointerup', 'pointerleave'])
    picture.addEventListener(end, () => {
      from = null;
      picture.lastChild.setAttribute('visibility', 'hidden');
    });
}

/**
 * Heads that were dragged over; none at all are as good as all.
 * @param {Set<number>|null} heads
 */
function brush(heads) {
  brushed = heads && heads.size > 0 ? heads : null;
  for (const {names, view} of watchers)
    if (names.includes('brush')) view();
}
