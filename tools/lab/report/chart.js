// @ts-check
// Axes for the map of heads and the curves of training.

/**
 * Round numbers from low to high, about `count` of them.
 * @param {number} low
 * @param {number} high
 * @param {number} [count]
 */
function ticksOf(low, high, count = 5) {
  const rough = (high - low) / count, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map(m => m * power).find(s => s >= rough) ?? rough;
  const ticks = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; ++i) ticks.push(i * step);
  return {
    ticks,
    text: (/** @type {number} */ t) =>
        t.toFixed(clamp(Math.ceil(-Math.log10(step) - 1e-9), 0, 6)).replace('-', '−')
  };
}

/**
 * A frame with ticks and titles, and how numbers lie in it. Numbers that are all alike get some room around
 * them.
 * @param {{width: number, height: number, x: number[], y: number[], xTitle: string, yTitle: string, left?:
 *   number}} options
 */
function frameOf({width, height, x, y, xTitle, yTitle, left = 58}) {
  const spread = (/** @type {number[]} */ values) => {
    const known = values.length ? values : [0, 1], low = Math.min(...known), high = Math.max(...known);
    const room = high > low ? 0.06 * (high - low) : 0.5;
    return [low - room, high + room];
  };
  const [x0, x1] = spread(x), [y0, y1] = spread(y), right = 14, top = 12, bottom = 46;
  const atX = (/** @type {number} */ v) => left + (v - x0) / (x1 - x0) * (width - left - right);
  const atY = (/** @type {number} */ v) => height - bottom - (v - y0) / (y1 - y0) * (height - top - bottom);
  const xs = ticksOf(x0, x1), ys = ticksOf(y0, y1);
  const group = svg(
      'g', {class: 'axes'},
      svg('rect',
          {x: left, y: top, width: width - left - right, height: height - top - bottom, class: 'frame'}),
      ...xs.ticks.map(
          t => svg(
              'g', {}, svg('line', {x1: atX(t), x2: atX(t), y1: top, y2: height - bottom}),
              svg('text', {x: atX(t), y: height - bottom + 16, 'text-anchor': 'middle', text: xs.text(t)}))),
      ...ys.ticks.map(
          t =>
              svg('g', {}, svg('line', {x1: left, x2: width - right, y1: atY(t), y2: atY(t)}),
                  svg('text', {x: left - 6, y: atY(t) + 4, 'text-anchor': 'end', text: ys.text(t)}))),
      svg('text', {
        class: 'title',
        x: (left + width - right) / 2,
        y: height - 10,
        'text-anchor': 'middle',
        text: xTitle
      }),
      svg('text', {
        class: 'title',
        transform: `translate(14 ${(top + height - bottom) / 2}) rotate(-90)`,
        'text-anchor': 'middle',
        text: yTitle
      }));
  return {
    group,
    atX,
    atY,
    fromX: (/** @type {number} */ p) => x0 + (p - left) / (width - left - right) * (x1 - x0),
    fromY: (/** @type {number} */ p) => y0 + (height - bottom - p) / (height - top - bottom) * (y1 - y0)
  };
}

/**
 * How wide a chart is drawn, so that its letters have their size on a narrow page as well.
 * @param {HTMLElement} host
 */
function chartWidth(host) { return clamp(host.clientWidth, 320, 720); }
