// @ts-check
// Puts the views together. What is not in sight yet is built when it comes near.

/** @type {Record<string, () => void>} */
const views = {
  focus: buildFocus,
  text: buildText,
  edge: buildEdge,
  lines: buildLines,
  map: buildHeadMap,
  training: buildTraining,
  rollout: buildRollout
};

/** @type {Set<string>} */
const built = new Set();
/** @param {string} id */
function build(id) {
  if (!(id in views) || !byId(id) || built.has(id)) return;
  built.add(id);
  const before = watchers.length;
  views[id]();
  for (const {view} of watchers.slice(before)) view();
}

/**
 * Scrolls there. What is above is built first, or it would push the section away as it comes near.
 * @param {string} id
 */
function showSection(id) {
  for (const view in views) {
    build(view);
    if (view === id) break;
  }
  byId(id)?.scrollIntoView(
      {behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth'});
}

/**
 * Links to heads change what is chosen and leave theme, scale and all else as they are.
 * @param {MouseEvent} e
 */
function followHeadLink(e) {
  const link = /** @type {HTMLElement} */ (e.target).closest('a.head');
  if (!link || e.ctrlKey || e.metaKey || e.shiftKey || e.button !== 0) return;
  const to = new URLSearchParams((link.getAttribute('href') ?? '').slice(1));
  e.preventDefault();
  goToHead(Number(to.get('l')), Number(to.get('h')));
  showSection('focus');
}

/**
 * Contents: the address is the views' state, and stays as it is.
 * @param {MouseEvent} e
 */
function followContents(e) {
  const link = /** @type {HTMLElement} */ (e.target).closest('.contents a');
  if (!link || e.ctrlKey || e.metaKey || e.shiftKey || e.button !== 0) return;
  e.preventDefault();
  const id = (link.getAttribute('href') ?? '').slice(1), heading = byId(id).querySelector('h2');
  showSection(id);
  heading.tabIndex = -1;  // the keyboard goes on from there
  heading.focus({preventScroll: true});
}

/** Column headings of the table of heads become buttons that sort by them. */
function makeSortable() {
  const table = /** @type {HTMLTableElement} */ (document.querySelector('#heads table'));
  const body = table.tBodies[0],
        headings = [.../** @type {HTMLTableSectionElement} */ (table.tHead).rows[0].cells];
  headings.forEach((cell, column) => {
    const value = (/** @type {HTMLTableRowElement} */ row) =>
        (row.cells[column].textContent ?? '').replace('−', '-');
    cell.replaceChildren(el('button', {
      type: 'button',
      class: 'plain',
      text: cell.textContent,
      onclick: () => {
        const down = cell.getAttribute('aria-sort') === 'descending' ? 1 : -1;
        for (const other of headings) other.removeAttribute('aria-sort');
        cell.setAttribute('aria-sort', down < 0 ? 'descending' : 'ascending');
        const number = (/** @type {string} */ text) => text === '–' ? -Infinity * -down : Number(text);
        body.append(...[...body.rows].sort(
            (a, b) => down *
                (column < 2 ? value(a).localeCompare(value(b), undefined, {numeric: true}) :
                              number(value(a)) - number(value(b)))));
      }
    }));
  });
}

function start() {
  document.documentElement.classList.add('js');
  document.documentElement.dataset.errors = '0';
  addEventListener('error', () => {
    document.documentElement.dataset.errors = String(Number(document.documentElement.dataset.errors) + 1);
  });
  Object.assign(state, readAddress());
  settle(new Set());
  buildBar();
  buildOverview();
  for (const {view} of watchers) view();
  if (data.texts.length > 0) {
    build('focus');
    const near = new IntersectionObserver(entries => {
      for (const entry of entries)
        if (entry.isIntersecting) build(entry.target.id);
    }, {rootMargin: '400px'});
    for (const id in views)
      if (byId(id)) near.observe(byId(id));
  }
  makeSortable();
  document.addEventListener('click', followHeadLink);
  document.addEventListener('click', followContents);
  document.addEventListener('keydown', command);
  addEventListener('hashchange', () => {
    if (location.hash.includes('=') || location.hash === '' || location.hash === '#')
      set(readAddress(), {silent: true});
  });
  systemDark.addEventListener('change', () => {
    for (const {names, view} of watchers)
      if (names.includes('theme')) view();
  });
  if (location.hash === '#selftest') selfTest();
  document.documentElement.dataset.ready = String(Math.round(performance.now()));
}

start();
