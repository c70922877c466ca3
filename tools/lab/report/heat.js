// @ts-check
// A causal map to look into: a canvas of one pixel per weight, made larger by the browser, between rulers of tokens; what
// follows the pointer are elements above it, so that moving never paints the map again.

const cellSizes = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 18, 20, 22, 24, 28, 32];
const widestMap = 640,
      namedFrom = 10;  // pixels: of a map that is made to fit, and of a cell beside which a token fits

class HeatView {
  /**
   * @param {HTMLElement} host
   * @param {{label: string, help: string, at: (q: number, k: number, how: "point"|"choose"|"key") =>
   *   void,   tip: (q: number, k: number) => string}} options
   */
  constructor(host, options) {
    this.options = options;
    this.canvas = el('canvas', {width: 1, height: 1, 'aria-hidden': 'true'});
    this.row = el('div', {class: 'cross row'});
    this.column = el('div', {class: 'cross column'});
    this.cell = el('div', {class: 'cell'});
    this.cells = el('div', {class: 'cells'}, this.canvas, this.row, this.column, this.cell);
    this.top = el('div', {class: 'ruler top', 'aria-hidden': 'true'});
    this.left = el('div', {class: 'ruler left', 'aria-hidden': 'true'});
    this.tip = el('div', {class: 'tip', hidden: true, 'aria-hidden': 'true'});
    this.scroll =
        el('div', {
          class: 'heat',
          tabindex: 0,
          role: 'application',
          'aria-roledescription': 'attention heatmap',
          'aria-label': options.label,
          'aria-describedby': options.help
        },
           el('div', {class: 'corner', 'aria-hidden': 'true'}, el('span', {text: 'key →'}),
              el('span', {text: 'query ↓'})),
           this.top, this.left, this.cells);
    this.cells.addEventListener('pointermove', oncePerFrame(e => this.pointed(e, 'point')));
    this.cells.addEventListener('pointerleave', () => { this.tip.hidden = true; });
    this.cells.addEventListener('click', (/** @type {MouseEvent} */ e) => this.pointed(e, 'choose'));
    this.scroll.addEventListener('keydown', (/** @type {KeyboardEvent} */ e) => this.key(e));
    host.append(el('div', {class: 'heat-frame'}, this.scroll, this.tip));
    this.host = host;
    /**
     * The host's width; asking for it costs a layout, so it is asked for when it changes.
     * @type {number|null}
     */
    this.room = null;
    this.size = 1;
    this.sheared = false;
    /** @type {Triangle|null} */
    this.map = null;
    this.q = this.k = 0;
    this.rulers = '';
  }

  /**
   * Calls `draw` whenever the room for the map has another width.
   * @param {() => void} draw
   */
  onResize(draw) {
    new ResizeObserver(oncePerFrame(() => {
      const room = this.host.clientWidth;
      if (room === this.room) return;
      this.room = room;
      draw();
    })).observe(this.host);
  }

  /**
   * @param {Triangle} map
   * @param {string[]} tokens
   * @param {Scale} scale
   * @param {{sheared: boolean, zoom: number, even?: (i: number, j: number) => number}} how
   */
  draw(map, tokens, scale, how) {
    this.map = map;
    this.sheared = how.sheared;
    this.room ??= this.host.clientWidth;
    const T = tokens.length, room = this.room;  // rulers with tokens need more of it
    const fits = cellSizes.filter(s => s * T <= Math.min(room - (s >= namedFrom ? 110 : 60), widestMap));
    this.size = how.zoom || Math.max(1, ...fits);
    scale.paint(map, this.canvas, how);
    this.cells.style.width = this.cells.style.height = this.canvas.style.width = this.canvas.style.height =
        `${T * this.size}px`;
    this.rule(tokens);
  }

  /**
   * Rulers: tokens where they have room, else positions.
   * @param {string[]} tokens
   */
  rule(tokens) {
    const T = tokens.length, size = this.size, named = size >= namedFrom;
    const now = `${size} ${this.sheared} ${tokens.join('\n')}`;
    if (now === this.rulers) return;
    this.rulers = now;
    this.scroll.classList.toggle('named', named);
    const step = named ? 1 : [4, 8, 16, 32, 64, 128, 256].find(s => s * size >= 28) ?? 512;
    const top = [], left = [];
    for (let t = 0; t < T; t += step) {
      const middle = `${Math.max((t + 0.5) * size, named ? 0 : 6)}px`;
      left.push(el('span', {text: named ? tokens[t] : t, style: {top: middle}}));
      const above = this.sheared ? (t === 0 ? '0' : `−${t}`) : named ? tokens[t] : t;
      if (!this.sheared || !named || t % Math.ceil(20 / size) === 0)
        top.push(el('span', {text: above, style: {left: middle}}));
    }
    this.top.replaceChildren(...top);
    this.left.replaceChildren(...left);
    this.top.style.width = this.left.style.height = `${T * size}px`;
    this.top.classList.toggle('upright', named && !this.sheared);
  }

  /** @param {number} q @param {number} k */
  mark(q, k) {
    this.q = q;
    this.k = k;
    const x = (this.sheared ? q - k : k) * this.size, y = q * this.size, size = `${this.size}px`;
    this.row.style.transform = `translateY(${y}px)`;
    this.column.style.transform = `translateX(${x}px)`;
    this.cell.style.transform = `translate(${x}px, ${y}px)`;
    this.row.style.height = this.column.style.width = this.cell.style.width = this.cell.style.height = size;
    // A chosen token is seen on the rulers as well.
    for (const [ruler, at] of /** @type {[HTMLElement, number][]} */ (
             [[this.left, q], [this.top, this.sheared ? -1 : k]])) {
      ruler.querySelector('.on')?.classList.remove('on');
      if (this.size >= namedFrom) ruler.children[at]?.classList.add('on');
    }
  }

  /** @param {PointerEvent|MouseEvent} e @param {"point"|"choose"} how */
  pointed(e, how) {
    const box = this.cells.getBoundingClientRect(), T = this.map?.length ?? 0;
    const q = Math.floor((e.clientY - box.top) / this.size),
          x = Math.floor((e.clientX - box.left) / this.size);
    const k = this.sheared ? q - x : x;
    if (q < 0 || q >= T || x < 0 || x >= T) return;
    const seen = k >= 0 && k <= q;
    if (seen) this.options.at(q, k, how);
    const mouse = how === 'point' && /** @type {PointerEvent} */ (e).pointerType === 'mouse';
    this.tip.hidden = !mouse;
    if (!mouse) return;
    this.tip.textContent = seen ? this.options.tip(q, k) :
        this.sheared            ? 'before the first token' :
                                  'masked: the future';
    const frame = this.tip.parentElement.getBoundingClientRect();
    const left = clamp(e.clientX - frame.left + 14, 0, Math.max(0, frame.width - this.tip.offsetWidth));
    this.tip.style.transform = `translate(${left}px, ${e.clientY - frame.top + 18}px)`;
  }

  /** @param {KeyboardEvent} e */
  key(e) {
    if (e.ctrlKey || e.altKey || e.metaKey || !this.map) return;
    const {q, k} = this, last = this.map.length - 1, right = this.sheared ? -1 : 1;
    /** @type {Record<string, [number, number]>} */
    const moves = {
      ArrowUp: [q - 1, k],
      ArrowDown: [q + 1, k],
      ArrowLeft: [q, k - right],
      ArrowRight: [q, k + right],
      Home: [q, 0],
      End: [q, q],
      PageUp: [q - 8, k],
      PageDown: [q + 8, k]
    };
    if (!(e.key in moves)) return;
    e.preventDefault();
    const to = clamp(moves[e.key][0], 0, last);
    // Along a distance, where columns are distances.
    const key = this.sheared && moves[e.key][0] !== q ? to - (q - k) : moves[e.key][1];
    this.options.at(to, clamp(key, 0, to), 'key');
    this.reveal();
  }

  /** Scrolls so that the chosen cell is seen. */
  reveal() {
    const {scroll, size} = this, x = (this.sheared ? this.q - this.k : this.k) * size, y = this.q * size;
    const wide = scroll.clientWidth - this.left.offsetWidth,
          high = scroll.clientHeight - this.top.offsetHeight;
    if (x < scroll.scrollLeft || x + size > scroll.scrollLeft + wide) scroll.scrollLeft = x - wide / 2;
    if (y < scroll.scrollTop || y + size > scroll.scrollTop + high) scroll.scrollTop = y - high / 2;
  }
}
