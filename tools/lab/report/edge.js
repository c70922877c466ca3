// @ts-check
// What each connection between two words is worth to the last word of a text: a map of costs, and the costliest in words.

function buildEdge() {
  const host = byId('edge-view'), left = el('div', {class: 'focus-map'}),
        side = el('div', {class: 'focus-side'}), legend = el('div');
  const words = el('p'), body = el('tbody');
  const which = choice(
      'Text', data.studies.map((s, i) => [String(i), data.texts[s.text].tokens.join(' ').slice(0, 60)]),
      v => set({study: +v}));
  which.node.hidden = data.studies.length < 2;
  host.append(el('div', {class: 'controls'}, which.node), el('div', {class: 'focus'}, left, side));
  side.append(
      words,
      el('div', {class: 'wide'},
         el('table', {class: 'score-table'},
            el('caption', {text: 'Without a connection, the last word’s probability'}),
            el('thead', {},
               el('tr', {},
                  ...['from', 'at', 'head', 'weight', 'cut in it', 'cut in all', 'instead'].map(
                      text => el('th', {scope: 'col', text})))),
            body)));
  const tell = (/** @type {number} */ q, /** @type {number} */ k) => {
    const {tokens} = data.texts[data.studies[state.study].text];
    return `${q} ${tokens[q]} → ${k} ${tokens[k]}   ${signed(costsOf(state.study).at(q, k))} nats`;
  };
  const view = new HeatView(left, {
    label: 'Cost of cutting each connection',
    help: 'heat-help',
    tip: tell,
    at: (q, k, how) => {
      view.mark(q, k);
      announce(tell(q, k));
      if (how === 'choose') set({x: data.studies[state.study].text, q, k});
    }
  });
  left.append(legend);
  const draw = () => {
    const study = data.studies[state.study], map = costsOf(state.study),
          scale = new Scale('signed', study.most), {tokens} = data.texts[study.text];
    view.draw(map, tokens, scale, {sheared: false, zoom: 0});
    legend.replaceChildren(scale.legend());
    which.select.value = String(state.study);
  };
  watch(['study', 'theme'], draw);
  watch(['study'], () => {
    const study = data.studies[state.study], {tokens} = data.texts[study.text];
    const share = (/** @type {number|null} */ p) => p === null ? '–' : `${digitsOf(100 * p, 3)} %`;
    if (study.edges.length > 0) view.mark(study.edges[0].query, study.edges[0].key);
    words.textContent =
        `With nothing cut, “${study.target}” has a probability of ${share(study.probability)}.`;
    body.replaceChildren(...study.edges.map(
        e =>
            el('tr', {}, el('td', {}, el('bdi', {class: 'token', text: tokens[e.query]})),
               el('td', {}, el('bdi', {class: 'token', text: tokens[e.key]})),
               el('td', {}, el('button', {
                    type: 'button',
                    class: 'toggle',
                    text: nameOf(e.layer, e.head),
                    'aria-label': `Show ${nameOf(e.layer, e.head)} there`,
                    onclick: () => {
                      goToHead(e.layer, e.head, {x: study.text, q: e.query, k: e.key});
                      showSection('focus');
                    }
                  })),
               ...[share(e.weight), share(e.cut), share(e.all), `“${e.instead}”`].map(
                   text => el('td', {class: 'number', text})))));
  });
  view.onResize(draw);
}
