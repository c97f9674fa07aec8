// What goes to the server by HTTP: descriptions and candidates.

// What the server answered, or the reason that it gave (RFC 9457).
export async function request(method, path, type, body) {
  const response = await fetch(path, {
    method,
    body,
    headers: type ? { 'content-type': type } : {},
    keepalive: method === 'DELETE',
  });
  if (response.ok) return response;
  const problem = await response.json().catch(() => ({}));
  throw new Error(`${method} ${path}: ${response.status} ${problem.detail ?? response.statusText}`);
}

// Candidates as they are found, several to a request, one request at a time (RFC 8840).
export class Trickle {
  #pc;
  #waiting = [];
  #path = null;
  #sending = false;

  constructor(pc) {
    this.#pc = pc;
    pc.addEventListener('icecandidate', ({ candidate }) => {
      this.#waiting.push({
        mid: candidate?.sdpMid ?? null,
        line: candidate?.candidate ? `a=${candidate.candidate}` : 'a=end-of-candidates',
      });
      this.#flush();
    });
  }

  // From here on the server knows the description that the candidates belong to.
  start(path) {
    this.#path = path;
    this.#flush();
  }

  stop() {
    this.#path = null;
  }

  async #flush() {
    if (this.#sending) return;
    this.#sending = true;
    try {
      while (this.#path && this.#waiting.length && this.#pc.signalingState !== 'closed') {
        const fragment = this.#fragment(this.#waiting.splice(0));
        if (fragment) await request('PATCH', this.#path, 'application/trickle-ice-sdpfrag', fragment);
      }
    } catch (error) {
      // The server knows our candidates from our checks as well.
      console.warn(error.message);
    } finally {
      this.#sending = false;
    }
  }

  // What names no section belongs to the first one.
  #fragment(candidates) {
    const [, ...sections] = this.#pc.localDescription.sdp.split(/^(?=m=)/m);
    return sections.map((section, index) => {
      const line = (pattern) => section.match(pattern)?.[0].trimEnd();
      const mid = line(/^a=mid:.*$/m);
      const of = candidates.filter((one) => (one.mid === null ? index === 0 : `a=mid:${one.mid}` === mid));
      if (!of.length) return '';
      return [
        line(/^m=.*$/m), mid, line(/^a=ice-ufrag:.*$/m), line(/^a=ice-pwd:.*$/m),
        ...new Set(of.map((one) => one.line)), '',
      ].filter((text) => text !== undefined).join('\r\n');
    }).join('');
  }
}
