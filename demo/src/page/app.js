// The page: its controls, and the connection that they speak to.

import { Connection, notice } from './connection.js';
import { $ } from './format.js';
import { hear } from './media.js';

let connection = null;

async function connect() {
  if (connection) {
    connection.close();
    connection.retired = true;
  }
  notice('');
  for (const id of ['rtt', 'cipher', 'local', 'remote', 'server']) $(id).textContent = '–';
  const fresh = new Connection();
  connection = fresh;
  try {
    await fresh.open();
  } catch (error) {
    if (fresh.retired) return;
    fresh.close();
    notice(error.message);
  }
}

$('toggle').addEventListener('click', () => {
  if (!connection || ['closed', 'failed'].includes(connection.state)) connect();
  else connection.close();
});

$('media-toggle').addEventListener('click', () => {
  const { media } = connection;
  if (media.isRunning) media.stop();
  else media.start();
});

$('source').addEventListener('change', () => connection.media.changeSource());
$('codec').addEventListener('change', () => connection.media.changeCodec());
$('hear').addEventListener('click', () => hear($('hear').getAttribute('aria-pressed') !== 'true'));

$('chat-form').addEventListener('submit', (event) => {
  event.preventDefault();
  const text = $('line').value;
  if (!text || $('send').disabled) return;
  $('line').value = '';
  connection.chat.send(text);
});

$('file').addEventListener('change', () => {
  const [file] = $('file').files;
  if (file) connection.file.send(file);
  $('file').value = '';
});

$('random').addEventListener('click', () => {
  const parts = [];
  for (let made = 0; made < 32_000_000; made += 64_000) {
    parts.push(crypto.getRandomValues(new Uint8Array(64_000)));
  }
  connection.file.send(new File(parts, 'Random bytes'));
});

$('cancel').addEventListener('click', () => connection.file.cancel());

$('drop').addEventListener('dragover', (event) => {
  event.preventDefault();
  $('drop').classList.add('over');
});
for (const event of ['dragleave', 'drop']) {
  $('drop').addEventListener(event, () => $('drop').classList.remove('over'));
}
$('drop').addEventListener('drop', (event) => {
  event.preventDefault();
  const [file] = event.dataTransfer.files;
  if (file && !$('file').disabled) connection.file.send(file);
});

addEventListener('pagehide', () => connection?.close());
addEventListener('pageshow', ({ persisted }) => persisted && connect());

connect();
