// @ts-check
// With "#selftest" in the address the page reads back what it shows, pixels included, and compares it with the weights that it
// holds: <html data-selftest="31/31">, and what failed in data-failed. Nothing of this runs otherwise.

function selfTest() {
  /** @type {string[]} */
  const failed = [];
  let count = 0;
  const check = (/** @type {string} */ what, /** @type {boolean} */ holds) => {
    ++count;
    if (!holds) failed.push(what);
  };
  const near = (/** @type {number} */ a, /** @type {number} */ b) =>
      Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a));
  for (const id in views)
    if (byId(id)) build(id);

  // Codes: what C++ wrote is what is read.
  check('e8 of 1', weightsOf.e8[255] === 1 && weightsOf.e8[0] === 0 && near(weightsOf.e8[1], 2 ** -16));
  if (data.codec === 'e16') check('e16 of 1', weightsOf.e16[65535] === 1 && weightsOf.e16[0] === 0);
  for (let x = 0; x < data.texts.length; ++x)
    for (let i = 0; i < L * H; i += Math.max(1, Math.floor(L * H / 8))) {
      const map = mapOf(x, Math.floor(i / H), i % H), {length: T} = map;
      let worst = 0;
      if (map.exact)
        for (let q = 0; q < T; ++q) {
          let sum = 0;
          for (let k = 0; k <= q; ++k) sum += map.at(q, k);
          worst = Math.max(worst, Math.abs(sum - 1));
        }
      check(`rows of text ${x} head ${i} sum to 1`, worst <= (map.codec === 'e8' ? 0.03 : 0.003));
      const small = thumbnailOf(x, i);
      let largest = 0;
      const [q0, q1] = small.span(small.side - 1), [k0, k1] = small.span(0);
      for (let q = q0; q <= q1; ++q)
        for (let k = k0; k <= Math.min(k1, q); ++k) largest = Math.max(largest, map.at(q, k));
      check(
          `the small picture of text ${x} head ${i} is the largest of its block`,
          Math.abs(small.at(T - 1, 0) - largest) <= 0.05 * largest + 2 ** -16);
    }
  if (data.texts.length > 0) selfTestViews(check);
  selfTestState(check);
  selfTestPage(check);
  document.documentElement.dataset.failed = failed.join('; ');
  document.documentElement.dataset.selftest = `${count - failed.length}/${count}`;
}

/**
 * Pixels, numbers and words of the views.
 * @param {(what: string, holds: boolean) => void} check
 */
function selfTestViews(check) {
  const T = lengthOf(state.x),
        context = (/** @type {HTMLCanvasElement} */ c) =>
            /** @type {CanvasRenderingContext2D} */ (c.getContext('2d'));
  for (const scale of ['sqrt', 'linear', 'log', 'even'])
    for (const shear of [0, 1]) {
      set({scale, shear, l: L - 1, h: 0, own: 0});
      const map = mapOf(state.x, L - 1, 0),
            pixels = context(focusView.canvas).getImageData(0, 0, map.side, map.side).data,
            how = focusScale();
      let wrong = 0, seen = 0;
      for (let n = 0; n < 200; ++n) {
        const i = n * 7919 % map.side, j = n * 104729 % map.side,
              at = 4 * (i * map.side + (shear ? i - j : j));
        if (j > i) {
          if (!shear && pixels[at + 3] !== 0) ++wrong;
          continue;
        }
        ++seen;
        const q = map.exact ? i : map.span(i)[1],
              colour = how.colour(map.weights[map.codes[i * (i + 1) / 2 + j]], evenly(q));
        if (colour.some((v, c) => v !== pixels[at + c]) || pixels[at + 3] !== 255) ++wrong;
      }
      check(`200 pixels on the scale ${scale}${shear ? ', sheared' : ''}`, wrong === 0 && seen > 50);
    }
  set({scale: 'sqrt', shear: 0, q: T - 1, k: Math.floor(T / 3)});
  const map = mapOf(state.x, state.l, state.h),
        rows = /** @type {HTMLTableRowElement[]} */ ([...document.querySelectorAll('.row-table tbody tr')]);
  check('ten rows in the table', rows.length === Math.min(10, map.row(T - 1).length));
  check(
      'the table has the largest first',
      rows[0].cells[2].textContent === percent(map.row(T - 1)[0].weight, map));
  check(
      'the bar tells the weight',
      document.querySelector('#bar .weight')?.textContent === percent(map.at(state.q, state.k), map));

  // The pointer, as a browser would report it.
  const box = focusView.cells.getBoundingClientRect(), q = Math.floor(T * 0.7), k = Math.floor(q / 2);
  focusView.pointed(
      /** @type {any} */ ({
        clientX: box.left + (k + 0.5) * focusView.size,
        clientY: box.top + (q + 0.5) * focusView.size,
        pointerType: 'mouse'
      }),
      'point');
  check('pointing chooses', state.q === q && state.k === k);
  check('the tip tells the weight', focusView.tip.textContent.endsWith(percent(map.at(q, k), map)));
  if (T > 1) {
    focusView.pointed(
        /** @type {any} */ ({
          clientX: box.left + (T - 0.5) * focusView.size,
          clientY: box.top + 0.5 * focusView.size,
          pointerType: 'mouse'
        }),
        'point');
    check('the future is masked', /masked/.test(focusView.tip.textContent) && state.q === q);
  }
  const press = (/** @type {Element} */ node, /** @type {string} */ key) =>
      node.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true, cancelable: true}));
  press(focusView.scroll, 'Home');
  check('Home goes to the first key', state.k === 0);
  press(focusView.scroll, 'End');
  check('End goes to the last', state.k === state.q);
  press(focusView.scroll, 'Enter');
  check('Enter keeps', state.pin === 1);
  press(focusView.scroll, 'Escape');
  check('Escape lets go', state.pin === 0);
  const before = state.h;
  press(document.body, ']');
  check('] goes to the next head', H * L === 1 || state.h !== before || state.l !== L - 1);
  press(document.body, '[');
  check('[ comes back', state.h === before);

  // Tokens are text, whatever they hold.
  const spans = [...document.querySelectorAll('.tokens .token')];
  check(
      'every token is there',
      spans.length === T &&
          spans.every(
              (s, t) => s.textContent === data.texts[state.x].tokens[t] && s.childElementCount === 0));
  set({look: 'to', q: T - 1});
  const scale = focusScale(), one = document.createElement('i');
  one.style.background = css(scale.colour(mapOf(state.x, state.l, state.h).at(T - 1, 0), evenly(T - 1)));
  check(
      'a token has the colour of its weight',
      /** @type {HTMLElement} */ (spans[0]).style.background === one.style.background);
  set({look: 'from', q: Math.floor(T / 2)});
  one.style.background = css(scale.colour(map.at(T - 1, state.q), evenly(T - 1)));
  const last = /** @type {HTMLElement} */ (spans[T - 1]);
  check('and looked back at, that of its own weight', last.style.background === one.style.background);
  for (const shear of [0, 1]) {
    set({shear, q: T - 1, k: Math.floor(T / 4)});
    const around = focusView.cells.getBoundingClientRect(), cell = focusView.cell.getBoundingClientRect();
    const column = shear ? state.q - state.k : state.k;
    const off =
        [cell.left - around.left - column * focusView.size, cell.top - around.top - state.q * focusView.size];
    check(
        `the frame is around the chosen cell${shear ? ', sheared' : ''}`, off.every(d => Math.abs(d) < 0.6));
  }
  set({shear: 0, look: 'to'});
  if (data.texts[state.x].rollout && T <= 64) {
    const sums = range(T).map(i => range(i + 1).reduce((s, j) => s + evenRollout(T, L - 1)[i * T + j], 0));
    check('an even rollout\'s rows sum to 1', sums.every(s => Math.abs(s - 1) < 1e-9));
  }
}

/**
 * The address.
 * @param {(what: string, holds: boolean) => void} check
 */
function selfTestState(check) {
  const before = {...state};
  set({l: L - 1, h: H - 1, scale: 'log', theme: 'dark', mass: 70});
  const text = address();
  for (const part of ['scale=log', 'theme=dark', 'mass=70'])
    check(`the address has ${part}`, text.includes(part));
  check('dark is dark', getComputedStyle(document.body).backgroundColor === 'rgb(13, 17, 23)');
  history.replaceState(null, '', '#' + text);
  check(
      'the address is read as it was written',
      Object.entries(readAddress()).every(([name, value]) => state[name] === value));
  history.replaceState(null, '', '#l=99999&h=-1&scale=<b>&q=1e9&theme=pink&heads=9.9.9&zoom=x&x=77');
  const values = readAddress();
  check(
      'nonsense in the address counts as nothing',
      ['l', 'h', 'scale', 'q', 'theme', 'heads', 'zoom', 'x'].every(n => values[n] === entries[n][0]));
  set(before);
  history.replaceState(null, '', '#selftest');
}

/**
 * The page itself.
 * @param {(what: string, holds: boolean) => void} check
 */
function selfTestPage(check) {
  const ids = [...document.querySelectorAll('[id]')].map(e => e.id);
  check('no id stands twice', new Set(ids).size === ids.length);
  const scripts = [...document.scripts].filter(s => s.type === '');
  check('one script', scripts.length === 1);
  check(
      'nothing that loads',
      document.querySelectorAll('img, iframe, object, embed, link, base, form[action], [src], [srcset]')
              .length === 0);
  check(
      'no handler in the markup',
      ![...document.querySelectorAll('*')].some(e => [...e.attributes].some(a => a.name.startsWith('on'))));
  const nameless = [...document.querySelectorAll(
                        'button, select, input, [role=application], [role=img], [tabindex=\'0\']')]
                       .filter(
                           e => !e.getAttribute('aria-label') && !e.textContent?.trim() &&
                               !e.closest('label') && !e.getAttribute('aria-labelledby'));
  check(
      'everything that can be reached has a name: ' + nameless.map(e => e.outerHTML.slice(0, 60)).join(' '),
      nameless.length === 0);
  check(
      'all views are built',
      Object.keys(views).every(id => !byId(id) || byId(`${id}-view`).childElementCount > 0));
}
