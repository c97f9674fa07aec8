// A file that goes to the server in pieces and comes back.

import { $, bytes, sha256 } from './format.js';

const MIB = 1024 * 1024;
export const CHUNK = 64 * 1024;
const HIGH_WATER = 4 * MIB; // How much may wait in the channel before we stop to add to it,
const LOW_WATER = MIB;      // and where we go on.
const LARGEST_FILE = 512 * MIB;

export class FileEcho {
  #connection;
  #channel;
  #transfer = null;

  constructor(connection) {
    this.#connection = connection;
    this.#open();
  }

  #open() {
    const channel = this.#connection.channel('file');
    this.#channel = channel;
    channel.binaryType = 'arraybuffer';
    channel.bufferedAmountLowThreshold = LOW_WATER;
    channel.onopen = () => this.#enable(true);
    channel.onmessage = ({ data }) => this.#onEcho(data);
    channel.onclose = () => {
      if (this.#channel === channel && !this.#connection.retired) this.stop();
    };
  }

  stop() {
    this.#end('The channel was closed before the file was back.', 'bad');
    this.#enable(false);
  }

  async send(file) {
    if (this.#transfer || this.#channel.readyState !== 'open') return;
    const transfer = { size: file.size, queued: 0, back: 0, parts: [], began: performance.now() };
    this.#transfer = transfer;
    this.#enable(false);
    $('transfer').hidden = false;
    $('cancel').hidden = false;
    $('file-name').textContent = `${file.name}, ${bytes(file.size)}`;
    $('hash-up').textContent = 'computing …';
    $('hash-down').textContent = '–';
    this.#say('', '');
    this.#paint(transfer);
    if (file.size > LARGEST_FILE) {
      $('hash-up').textContent = '–';
      return this.#end(`Larger than ${bytes(LARGEST_FILE)}: Web Crypto hashes in one piece, so both copies must fit in memory.`, 'bad');
    }

    // Messages arrive far more often than anybody can see.
    transfer.painter = setInterval(() => this.#paint(transfer), 100);
    transfer.hash = file.arrayBuffer().then(sha256);
    transfer.hash.then((hash) => {
      if (this.#transfer === transfer) $('hash-up').textContent = hash;
    }, () => {});
    try {
      await this.#pump(file, transfer);
    } catch (error) {
      if (this.#transfer === transfer) this.#end(`Could not be sent: ${error.message}`, 'bad');
      return;
    }
    if (file.size === 0) this.#finish(transfer);
  }

  // Reads the file piece by piece and never lets more than HIGH_WATER wait in the channel.
  async #pump(file, transfer) {
    const channel = this.#channel;
    const chunk = Math.min(CHUNK, this.#connection.maxMessageSize);
    for (let read = 0; read < file.size; read += MIB) {
      const piece = new Uint8Array(await file.slice(read, read + MIB).arrayBuffer());
      for (let at = 0; at < piece.length; at += chunk) {
        if (channel.bufferedAmount > HIGH_WATER) await drained(channel);
        if (this.#transfer !== transfer) return;
        this.#connection.send(channel, piece.subarray(at, at + chunk));
        transfer.queued = Math.min(read + at + chunk, file.size);
      }
    }
  }

  #onEcho(data) {
    this.#connection.count(data.byteLength);
    const transfer = this.#transfer;
    if (!transfer) return;
    transfer.parts.push(data);
    transfer.back += data.byteLength;
    if (transfer.back >= transfer.size) this.#finish(transfer);
  }

  async #finish(transfer) {
    const seconds = (performance.now() - transfer.began) / 1000;
    clearInterval(transfer.painter);
    this.#paint(transfer);
    $('hash-down').textContent = 'computing …';
    try {
      const echo = await sha256(await new Blob(transfer.parts).arrayBuffer());
      const hash = await transfer.hash;
      if (this.#transfer !== transfer) return;
      $('hash-down').textContent = echo;
      if (echo === hash) {
        const rate = seconds > 0 ? `, ${bytes(transfer.size / seconds)}/s each way` : '';
        this.#end(`✓ The echo is the file: ${seconds.toFixed(2)} s${rate}.`, 'good');
      } else {
        this.#end('✗ The echo differs from the file.', 'bad');
      }
    } catch (error) {
      this.#end(`The echo could not be hashed: ${error.message}`, 'bad');
    }
  }

  // What is on its way cannot be called back, but its channel can be given up.
  cancel() {
    if (!this.#transfer) return;
    const old = this.#channel;
    this.#end('Cancelled.', '');
    this.#enable(false);
    this.#open();
    old.onmessage = null;
    old.close();
  }

  #end(text, mood) {
    if (!this.#transfer) return;
    clearInterval(this.#transfer.painter);
    this.#transfer = null;
    $('cancel').hidden = true;
    this.#say(text, mood);
    this.#enable(this.#channel.readyState === 'open');
  }

  #say(text, mood) {
    $('verdict').textContent = text;
    $('verdict').dataset.mood = mood;
  }

  #paint({ size, queued, back }) {
    const sent = Math.max(back, queued - this.#channel.bufferedAmount);
    for (const [way, done] of [['up', sent], ['down', back]]) {
      $(`progress-${way}`).value = size ? done / size : 1;
      $(`progress-${way}-text`).textContent = `${bytes(done)} of ${bytes(size)}`;
    }
  }

  #enable(open) {
    $('file').disabled = !open;
    $('random').disabled = !open;
    $('choose').toggleAttribute('data-disabled', !open);
  }
}

function drained(channel) {
  return new Promise((resolve, reject) => {
    const end = (act) => () => {
      channel.removeEventListener('bufferedamountlow', low);
      channel.removeEventListener('close', closed);
      act();
    };
    const low = end(resolve);
    const closed = end(() => reject(new Error('the channel was closed')));
    channel.addEventListener('bufferedamountlow', low);
    channel.addEventListener('close', closed);
  });
}
