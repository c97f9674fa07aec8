// A plot of what the last seconds brought: one canvas, one or several lines.

const SPAN = 30_000;

export class Plot {
  #canvas;
  #lines;
  #format;
  #least;
  #samples = [];

  // `lines` maps the name of a value to the style's name of its colour; `least` is what the plot
  // reaches up to when there is little to show.
  constructor(canvas, { lines, format, least }) {
    this.#canvas = canvas;
    this.#lines = Object.entries(lines);
    this.#format = format;
    this.#least = least;
    new ResizeObserver(() => this.#draw()).observe(canvas);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#draw());
  }

  // A value that is not known now (undefined) interrupts its line.
  add(values) {
    const now = performance.now();
    this.#samples.push({ now, ...values });
    // One sample may lie beyond the edge, so that the line comes from there.
    while (this.#samples[1]?.now < now - SPAN) this.#samples.shift();
    this.#draw();
  }

  #draw() {
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    const scale = devicePixelRatio;
    this.#canvas.width = Math.round(width * scale);
    this.#canvas.height = Math.round(height * scale);
    const style = getComputedStyle(this.#canvas);
    const colour = (name) => style.getPropertyValue(name);
    const context = this.#canvas.getContext('2d');
    context.scale(scale, scale);

    const box = { left: 4, top: 18, right: width - 4, bottom: height - 20 };
    const now = performance.now();
    const values = this.#samples.flatMap((sample) => this.#lines.map(([key]) => sample[key] ?? 0));
    const top = roundUp(Math.max(this.#least, ...values));
    const x = (time) => box.right - ((now - time) / SPAN) * (box.right - box.left);
    const y = (value) => box.bottom - (value / top) * (box.bottom - box.top);

    context.font = `12px ${style.fontFamily}`;
    context.lineWidth = 1;
    context.strokeStyle = colour('--line');
    context.fillStyle = colour('--faint');
    for (const part of [0, 0.5, 1]) {
      const height = Math.round(y(top * part)) + 0.5;
      context.beginPath();
      context.moveTo(box.left, height);
      context.lineTo(box.right, height);
      context.stroke();
      if (part > 0) context.fillText(this.#format(top * part), box.left, height - 4);
    }
    context.textBaseline = 'bottom';
    for (const [text, place, align] of [['30 s ago', box.left, 'left'], ['15 s', (box.left + box.right) / 2, 'center'], ['now', box.right, 'right']]) {
      context.textAlign = align;
      context.fillText(text, place, height);
    }

    context.save();
    context.beginPath();
    context.rect(box.left, 0, box.right - box.left, height);
    context.clip();
    context.lineJoin = 'round';
    for (const [key, name] of this.#lines) {
      context.strokeStyle = colour(name);
      context.fillStyle = colour(name);
      for (const stretch of this.#stretches(key)) {
        context.beginPath();
        for (const sample of stretch) context.lineTo(x(sample.now), y(sample[key]));
        context.lineWidth = 2;
        context.stroke();
        context.lineTo(x(stretch.at(-1).now), box.bottom);
        context.lineTo(x(stretch[0].now), box.bottom);
        context.globalAlpha = 0.13;
        context.fill();
        context.globalAlpha = 1;
      }
    }
    context.restore();
  }

  // The samples that know this value, cut where one does not.
  #stretches(key) {
    const stretches = [[]];
    for (const sample of this.#samples) {
      if (sample[key] === undefined) stretches.push([]);
      else stretches.at(-1).push(sample);
    }
    return stretches.filter((stretch) => stretch.length > 1);
  }
}

// The next of 1, 2, 4, 5, 10, 20 ... so that half of it is a short number, too.
function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 4, 5, 10].map((step) => step * power).find((step) => step >= value);
}
