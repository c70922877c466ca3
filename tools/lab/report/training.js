// @ts-check
// Checkpoints: the heads' pictures at a step, and how a score and the loss came about.

function buildTraining() {
  const host = byId('training-view'), {checkpoints} = data;
  const slider = el('input', {
    type: 'range',
    min: 0,
    max: checkpoints.length - 1,
    step: 1,
    'aria-label': 'Checkpoint',
    oninput: () => set({step: +slider.value})
  });
  const label = el('output', {class: 'step'});
  const play =
      el('button', {type: 'button', class: 'toggle', text: 'Play', onclick: () => (timer ? stop() : go())});
  const curve = choice('Score', data.scores.map(s => [s.key, s.name]), v => set({curve: v}));
  const pictures = el('canvas', {class: 'steps', role: 'img'});
  const chart = svg('svg', {class: 'chart', role: 'img'});
  const losses = svg('svg', {class: 'chart', role: 'img', 'aria-label': 'Loss over steps'});
  const body = el('tbody'), charts = el('div', {class: 'chart-place'}, losses, chart);
  host.append(
      el('div', {class: 'controls'}, play, slider, label, curve.node),
      el('div', {class: 'training'}, pictures, charts),
      el('details', {}, el('summary', {text: 'The chosen head, step by step'}),
         el('div', {class: 'wide'},
            el('table', {},
               el('thead', {},
                  el('tr', {},
                     ...['step', 'loss', 'score'].map(
                         text => el('th', {scope: 'col', class: 'number', text})))),
               body))));

  /** @type {any} */
  let timer = null;
  const stop = () => {
    clearInterval(timer);
    timer = null;
    play.textContent = 'Play';
  };
  const go = () => {
    if (state.step === checkpoints.length - 1) set({step: 0});
    play.textContent = 'Stop';
    timer = setInterval(() => {
      if (state.step < checkpoints.length - 1)
        set({step: state.step + 1});
      else
        stop();
    }, 600);
  };
  const steps = checkpoints.map(c => c.step);
  /** @type {{chart: any, losses: any}} */
  let lines;

  let width = 0;
  const drawCurves = () => {
    width = chartWidth(charts);
    chart.setAttribute('viewBox', `0 0 ${width} 300`);
    losses.setAttribute('viewBox', `0 0 ${width} 190`);
    const row = data.scores.findIndex(s => s.key === state.curve), chosen = state.l * H + state.h;
    curve.select.value = state.curve;
    const values = range(L * H).map(i => checkpoints.map(c => c.scores[i][row]));
    const known = /** @type {number[]} */ (values.flat().filter(v => v !== null));
    const frame =
        frameOf({width, height: 300, x: steps, y: known, xTitle: 'step', yTitle: titleOf(state.curve)});
    const path = (/** @type {(number|null)[]} */ ys, /** @type {any} */ f) =>
        ys.map(
              (y, n) => y === null ?
                  '' :
                  `${n === 0 || ys[n - 1] === null ? 'M' : 'L'}${f.atX(steps[n])} ${f.atY(y)}`)
            .join('');
    const {threshold, label: named} = data.scores[row];
    chart.replaceChildren(
        frame.group,
        ...[...range(L * H).filter(i => i !== chosen), chosen].map(
            i => svg('path', {
              d: path(values[i], frame),
              class: i === chosen ? 'curve on' : 'curve',
              stroke: labelOf(data.head[i]).hue
            })),
        named && threshold <= Math.max(...known) ? svg('line', {
          class: 'threshold',
          x1: frame.atX(steps[0]),
          x2: frame.atX(steps[steps.length - 1]),
          y1: frame.atY(threshold),
          y2: frame.atY(threshold)
        }) :
                                                   svg('g'),
        svg('line', {class: 'now', y1: 12, y2: 254}));
    chart.setAttribute(
        'aria-label',
        `${titleOf(state.curve)} of all heads over steps; ${nameOf(state.l, state.h)} stands out, from ${
            plain(values[chosen][0])} to ${plain(values[chosen][steps.length - 1])}`);
    const loss = checkpoints.map(c => c.loss);
    const below = frameOf({
      width,
      height: 190,
      x: steps,
      y: /** @type {number[]} */ (loss.filter(v => v !== null)),
      xTitle: '',
      yTitle: 'loss'
    });
    losses.replaceChildren(
        below.group, svg('path', {d: path(loss, below), class: 'curve on loss'}),
        svg('line', {class: 'now', y1: 12, y2: 144}));
    lines = {chart: frame, losses: below};
    body.replaceChildren(...checkpoints.map(
        (c, n) =>
            el('tr', {}, el('th', {scope: 'row', class: 'number', text: c.step}),
               el('td', {class: 'number', text: plain(c.loss)}),
               el('td', {class: 'number', text: plain(values[chosen][n])}))));
  };
  const drawStep = () => {
    const {step, loss} = checkpoints[state.step];
    slider.value = state.step;
    label.textContent = `step ${step}, loss ${plain(loss)}`;
    for (const [picture, frame] of /** @type {[any, any][]} */ (
             [[chart, lines.chart], [losses, lines.losses]]))
      filled(picture.lastChild, {x1: frame.atX(step), x2: frame.atX(step)}, []);
    paintSteps(pictures);
    pictures.setAttribute('aria-label', `All heads at step ${step}, a row for each layer`);
  };
  watch(['curve', 'l', 'h'], drawCurves);
  watch(['step', 'curve', 'l', 'h', 'theme', 'colours', 'scale'], drawStep);
  new ResizeObserver(oncePerFrame(() => {
    if (chartWidth(charts) !== width) {
      drawCurves();
      drawStep();
    }
  })).observe(charts);
}

/** @param {HTMLCanvasElement} canvas */
function paintSteps(canvas) {
  const gap = 4, cell = clamp(Math.floor(480 / H), 24, 110), scale = new Scale(state.scale),
        small = el('canvas');
  const ratio = window.devicePixelRatio || 1, width = H * (cell + gap), height = L * (cell + gap);
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  canvas.style.width = `${width}px`;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
  context.scale(ratio, ratio);
  context.imageSmoothingEnabled = false;
  for (let i = 0; i < L * H; ++i) {
    scale.paint(stepPicture(state.step, i), small);
    const x = i % H * (cell + gap) + 2, y = Math.floor(i / H) * (cell + gap) + 2,
          on = i === state.l * H + state.h;
    context.drawImage(small, x, y, cell, cell);
    context.strokeStyle = getComputedStyle(canvas).getPropertyValue(on ? '--accent' : '--line');
    context.lineWidth = on ? 2 : 1;
    context.strokeRect(x - 0.5, y - 0.5, cell + 1, cell + 1);
  }
}
