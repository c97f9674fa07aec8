// What two statistics reports, one after the other, tell of the media in between.

export class Figures {
  #before = null;

  // `server` and `browser` hold the objects of one report each. What cannot be told is undefined.
  read(server, browser) {
    const now = totals(server, browser);
    const before = this.#before ?? {};
    this.#before = now;
    const change = (name) => {
      const difference = now[name] - before[name];
      // A section that ended has taken its counts with it.
      return difference >= 0 ? difference : undefined;
    };
    const perSecond = (name, clock) => {
      const rate = change(name) / (change(clock) / 1000);
      return Number.isFinite(rate) ? rate : undefined;
    };
    // Packets that come after all are taken back from the lost ones.
    const lost = Math.max(0, now.lost - before.lost);
    const expected = lost + change('received');
    return {
      bitrate: {
        up: perSecond('bytesReceived', 'serverTime') * 8 || undefined,
        down: perSecond('bytesSent', 'serverTime') * 8 || undefined,
      },
      loss: {
        up: expected > 0 ? (100 * lost) / expected : undefined,
        down: percent(now.fractionLost),
      },
      trip: { up: now.pathTime, down: now.mediaTime },
      frames: {
        up: perSecond('framesReceived', 'serverTime') ?? perSecond('framesEncoded', 'browserTime'),
        down: perSecond('framesDecoded', 'browserTime'),
      },
    };
  }
}

function totals(server, browser) {
  const of = (report, type, kind) => report.filter((one) => one.type === type && (!kind || one.kind === kind));
  const sum = (list, name) => {
    const known = list.map((one) => one[name]).filter((value) => typeof value === 'number');
    return known.length ? known.reduce((total, value) => total + value, 0) : undefined;
  };
  const most = (list, name) => {
    const known = list.map((one) => one[name]).filter((value) => typeof value === 'number');
    return known.length ? Math.max(...known) : undefined;
  };
  const [inbound, outbound, echoed] = ['inbound-rtp', 'outbound-rtp', 'remote-inbound-rtp'].map((type) => of(server, type));
  const [transport] = of(server, 'transport');
  const pair = server.find(({ id }) => id === transport?.selectedCandidatePairId);
  return {
    serverTime: most([...inbound, ...outbound], 'timestamp'),
    bytesReceived: sum(inbound, 'bytesReceived'),
    bytesSent: sum(outbound, 'bytesSent'),
    received: sum(inbound, 'packetsReceived'),
    lost: sum(inbound, 'packetsLost'),
    fractionLost: most(echoed, 'fractionLost'),
    framesReceived: sum(of(server, 'inbound-rtp', 'video'), 'framesReceived'),
    mediaTime: milliseconds(most(echoed, 'roundTripTime')),
    pathTime: milliseconds(pair?.currentRoundTripTime),
    browserTime: most(of(browser, 'inbound-rtp'), 'timestamp'),
    framesEncoded: sum(of(browser, 'outbound-rtp', 'video'), 'framesEncoded'),
    framesDecoded: sum(of(browser, 'inbound-rtp', 'video'), 'framesDecoded'),
  };
}

function milliseconds(seconds) {
  return typeof seconds === 'number' ? seconds * 1000 : undefined;
}

function percent(fraction) {
  return typeof fraction === 'number' ? fraction * 100 : undefined;
}
