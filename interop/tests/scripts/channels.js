// On top of peer.js: data channels that keep a record of what happens to them, and `until`, which
// waits for a condition over such records. `gathered` is the script's argument: whether descriptions
// wait for all candidates instead of trickling them.

if (gathered) {
  pc.onicecandidate = null;
  window.describe = async () => {
    await pc.setLocalDescription();
    await until(() => pc.iceGatheringState === 'complete');
    await host('signal', { description: pc.localDescription });
  };
}

let waiting = [];

// Looks at all conditions that are waited for.
window.changed = () => {
  waiting = waiting.filter(look => !look());
};

// Resolves when the condition holds; it is looked at after every event of `pc` and of the channels.
window.until = condition => new Promise((resolve, reject) => {
  const look = () => {
    try {
      if (!condition()) return false;
      resolve();
    } catch (error) {
      reject(error);
    }
    return true;
  };
  if (!look()) waiting.push(look);
});

for (const name of ['signalingstate', 'connectionstate', 'iceconnectionstate', 'icegatheringstate']) {
  pc.addEventListener(`${name}change`, changed);
}

// By label: the channel of that name that was made last, by whomever.
window.channels = new Map();
window.announced = [];

window.watch = channel => {
  channel.binaryType = 'arraybuffer';
  channel.inbox = [];
  channel.events = [];
  channel.addEventListener('message', ({ data }) => {
    if (channel.echoes) channel.send(data);
    else channel.inbox.push(data);
    changed();
  });
  for (const name of ['open', 'closing', 'close', 'error', 'bufferedamountlow']) {
    channel.addEventListener(name, () => {
      channel.events.push(name);
      changed();
    });
  }
  channels.set(channel.label, channel);
  return channel;
};

pc.addEventListener('datachannel', ({ channel }) => {
  announced.push(watch(channel));
  changed();
});

window.open = (label, init) => watch(pc.createDataChannel(label, init));

window.opened = async label => {
  await until(() => channels.get(label)?.readyState === 'open');
  return channels.get(label);
};

// Messages between a page and a test: a text as it is, bytes as a list.
window.toJson = data => typeof data === 'string' ? data : Array.from(new Uint8Array(data));
window.fromJson = data => typeof data === 'string' ? data : new Uint8Array(data);

// The next so many messages of a channel.
window.take = async (channel, count) => {
  await until(() => channel.inbox.length >= count);
  return channel.inbox.splice(0, count).map(toJson);
};

window.describeChannel = channel => {
  const { label, protocol, ordered, maxRetransmits, maxPacketLifeTime, negotiated, id } = channel;
  return { label, protocol, ordered, maxRetransmits, maxPacketLifeTime, negotiated, id };
};

window.sha256 = async bytes =>
  Array.from(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)));
