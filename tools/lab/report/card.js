// @ts-check
// A head's scores: value and interval, beside an even spread, the untrained model and the threshold of its label.

/** @param {Head} head */
function headCard(head) {
  const rows = data.scores.map((info, i) => {
    const [value, low, high, even, untrained] = head.scores[i];
    // Shares are drawn from 0 to 1; what may be larger is drawn against the largest of all heads.
    const most = Math.max(1, ...data.head.map(h => h.scores[i][2] ?? h.scores[i][0] ?? 0));
    const at = (/** @type {number} */ x) => `${100 * clamp(x / most, 0, 1)}%`;
    const tick = (/** @type {number|null} */ x, /** @type {string} */ kind, /** @type {string} */ what) =>
        x === null ? null :
                     el('span', {class: `tick ${kind}`, title: `${what} ${plain(x)}`, style: {left: at(x)}});
    const reached = info.label !== null && head.labels.includes(info.label);
    return el(
        'tr', {class: reached ? 'reached' : ''},
        el('th', {scope: 'row', title: info.definition, text: info.name}),
        el('td', {class: 'number', text: plain(value)}), el('td', {
          class: 'number quiet',
          text: low === null || high === null || low === high ? '' : `${plain(low)} to ${plain(high)}`
        }),
        el('td', {class: 'number', text: plain(even)}), el('td', {class: 'number', text: plain(untrained)}),
        el('td', {class: 'scale-place', 'aria-hidden': 'true'},
           value === null ?
               null :
               el('span', {class: 'dot-line'},
                  low === null || high === null ?
                      null :
                      el('span',
                         {class: 'interval', style: {left: at(low), right: `calc(100% - ${at(high)})`}}),
                  tick(even, 'even', 'even spread'), tick(untrained, 'untrained', 'untrained'),
                  info.label ? tick(info.threshold, 'threshold', 'label from') : null,
                  el('span', {class: 'dot', style: {left: at(value)}}))));
  });
  return el(
      'div', {class: 'card-place'},
      el('div', {},
         el('div', {class: 'wide', tabindex: 0, role: 'region', 'aria-label': 'Scores of the head'},
            el('table', {class: 'score-table'},
               el('thead', {},
                  el('tr', {},
                     ...['score', 'here', '95 % interval', 'even', 'untrained', ''].map(
                         (text, i) =>
                             el('th', {scope: 'col', text, class: i > 0 && i < 5 ? 'number' : ''})))),
               el('tbody', {}, ...rows))),
         el('p', {class: 'quiet keys-of-ticks'}, el('span', {class: 'sample even'}), ' even spread ',
            el('span', {class: 'sample untrained'}), ' untrained ', el('span', {class: 'sample threshold'}),
            ' label from here on')),
      evidence(head));
}

/** @param {Head} head */
function evidence(head) {
  const interval = (/** @type {Interval} */ i) => `${signed(i[0])} (${signed(i[1])} to ${signed(i[2])})`;
  /** @type {[string, string][]} */
  const facts = [];
  if (head.mean[0] !== null)
    facts.push(['Removed, its mean in its place', `${interval(head.mean)} nats per token`]);
  if (head.zero[0] !== null) facts.push(['Removed, 0 in its place', `${interval(head.zero)} nats per token`]);
  if (head.gate !== null) facts.push(['Gradient of its gate', plain(head.gate)]);
  if (head.explains[0] !== null)
    facts.push([
      'Share that the ideal pattern of its label gives back',
      `${plain(head.explains[0])} (${plain(head.explains[1])} to ${plain(head.explains[2])})`
    ]);
  if (head.hurts) facts.push(['What suffers most without it', `“${head.hurts}”`]);
  return facts.length === 0 ?
      null :
      el('dl', {class: 'facts'},
         ...facts.map(([name, text]) => el('div', {}, el('dt', {text: name}), el('dd', {text}))));
}
