/** The beginning of a connection as the PROXY protocol writes it, version 1 or 2. */

const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');

/** Reads the header and leaves what follows in the socket. Rejects a connection that begins with anything else. */
export function readProxyHeader(socket) {
  return new Promise((resolve, reject) => {
    let bytes = Buffer.alloc(0);
    const take = () => {
      for (let chunk = socket.read(); chunk !== null; chunk = socket.read()) bytes = Buffer.concat([bytes, chunk]);
      const parsed = bytes.subarray(0, 12).equals(SIGNATURE) ? parseSecond(bytes) : parseFirst(bytes);
      if (parsed === undefined) return;
      socket.off('readable', take);
      if (parsed === null) return reject(new Error('no PROXY header'));
      socket.unshift(bytes.subarray(parsed.length));
      resolve(parsed.header);
    };
    socket.on('readable', take);
    socket.once('close', () => reject(new Error('closed')));
  });
}

/** undefined: more is needed; null: it is none. */
function parseFirst(bytes) {
  const text = bytes.subarray(0, 108).toString('latin1');
  if (!'PROXY '.startsWith(text.slice(0, 6))) return null;
  const end = text.indexOf('\r\n');
  if (end < 0) return text.length > 107 ? null : undefined;
  const [, family, source, destination, sourcePort, destinationPort] = text.slice(0, end).split(' ');
  const header = {
    version: 1,
    family,
    source,
    destination,
    sourcePort: Number(sourcePort),
    destinationPort: Number(destinationPort),
  };
  return { header, length: end + 2 };
}

function parseSecond(bytes) {
  if (bytes.length < 16) return undefined;
  const length = 16 + bytes.readUInt16BE(14);
  if (bytes.length < length) return undefined;
  const local = (bytes[12] & 0xf) === 0;
  if (local || bytes[13] >> 4 !== 1) return { header: { version: 2, local }, length };
  const address = (at) => [...bytes.subarray(at, at + 4)].join('.');
  const header = {
    version: 2,
    local,
    family: 'TCP4',
    source: address(16),
    destination: address(20),
    sourcePort: bytes.readUInt16BE(24),
    destinationPort: bytes.readUInt16BE(26),
  };
  return { header, length };
}
