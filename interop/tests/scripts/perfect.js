// On top of peer.js: perfect negotiation as the W3C specification has it in section 10.7. Whether
// this side is polite is the script's argument `polite`.

let makingOffer = false;
let ignoringOffer = false;
let answerIsPending = false;

// How often offers crossed, and this side gave way or did not.
window.crossings = { gaveWay: 0, stood: 0 };

pc.onnegotiationneeded = async () => {
  try {
    makingOffer = true;
    await pc.setLocalDescription();
    host('signal', { description: pc.localDescription });
  } finally {
    makingOffer = false;
  }
};

window.signal = async ({ description, candidate }) => {
  if (description !== undefined) {
    const isReady = !makingOffer && (pc.signalingState === 'stable' || answerIsPending);
    const crosses = description.type === 'offer' && !isReady;
    ignoringOffer = !polite && crosses;
    if (crosses) crossings[ignoringOffer ? 'stood' : 'gaveWay'] += 1;
    if (ignoringOffer) return;
    answerIsPending = description.type === 'answer';
    await pc.setRemoteDescription(description);
    answerIsPending = false;
    if (description.type !== 'offer') return;
    await beforeAnswer();
    await pc.setLocalDescription();
    host('signal', { description: pc.localDescription });
  } else {
    try {
      await pc.addIceCandidate(candidate ?? undefined);
    } catch (error) {
      if (!ignoringOffer) throw error;
    }
  }
};
