// What the data channels carry, four times a second.

import { $, bytes } from './format.js';
import { Plot } from './plot.js';

const PERIOD = 250;

const plot = new Plot($('plot'), {
  lines: { up: '--up', down: '--down' },
  format: (rate) => `${bytes(rate)}/s`,
  least: 1e5,
});

export class Throughput {
  #read;
  #last = null;
  #timer;

  // `read` gives the bytes sent and received since the connection began.
  constructor(read) {
    this.#read = read;
    this.#timer = setInterval(() => this.#sample(), PERIOD);
  }

  stop() {
    clearInterval(this.#timer);
  }

  #sample() {
    const now = performance.now();
    const { up, down } = this.#read();
    const last = this.#last ?? { now: now - PERIOD, up, down };
    this.#last = { now, up, down };
    const seconds = (now - last.now) / 1000;
    // A channel that was given up takes back what it had not sent.
    const rates = {
      up: Math.max(0, up - last.up) / seconds,
      down: Math.max(0, down - last.down) / seconds,
    };
    plot.add(rates);
    $('rate-up').textContent = `${bytes(rates.up)}/s`;
    $('rate-down').textContent = `${bytes(rates.down)}/s`;
    $('total').textContent = bytes(up + down);
  }
}
