// Lines, and how long each took to come back.

import { $, milliseconds } from './format.js';

export class Chat {
  #connection;
  #channel;
  #pending = [];

  constructor(connection) {
    this.#connection = connection;
    const channel = connection.channel('chat');
    this.#channel = channel;
    channel.onopen = () => this.#enable(true);
    channel.onclose = () => !this.#connection.retired && this.stop();
    channel.onmessage = ({ data }) => {
      const now = performance.now();
      connection.count(typeof data === 'string' ? new TextEncoder().encode(data).length : data.byteLength);
      const line = this.#pending.shift();
      if (!line) return;
      line.time.textContent = `back after ${milliseconds(now - line.sent)}`;
      if (data !== line.text) {
        line.item.dataset.mood = 'bad';
        line.time.textContent = 'came back changed';
      }
      this.#follow();
    };
  }

  send(text) {
    const item = document.createElement('li');
    const said = document.createElement('span');
    const time = document.createElement('span');
    said.className = 'text';
    said.textContent = text;
    time.className = 'time';
    time.textContent = '…';
    item.append(said, time);
    const log = $('log');
    log.querySelector('.empty')?.remove();
    while (log.children.length >= 500) log.firstChild.remove();
    log.append(item);
    log.scrollTop = log.scrollHeight;
    this.#pending.push({ text, item, time, sent: performance.now() });
    this.#connection.send(this.#channel, text);
  }

  // Keeps the end in sight for those who have it in sight.
  #follow() {
    const log = $('log');
    if (log.scrollHeight - log.scrollTop - log.clientHeight < 80) log.scrollTop = log.scrollHeight;
  }

  // A connection that is closed here does not tell its channels.
  stop() {
    this.#enable(false);
    for (const { time } of this.#pending.splice(0)) time.textContent = 'no echo';
  }

  #enable(open) {
    $('line').disabled = !open;
    $('send').disabled = !open;
  }
}
