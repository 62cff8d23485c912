/** What a PNG says about its size, in pixels. */
export function pngSize(bytes) {
    if (bytes.toString('latin1', 1, 4) !== 'PNG') throw new Error('no PNG');
    return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
}
