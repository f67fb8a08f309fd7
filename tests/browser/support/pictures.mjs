// Photos as phones make them. Chromium encodes the picture; what a phone writes beside it is added here.

/// A JPEG of that size, with as much in it as a wall has.
export async function jpeg(page, width = 800, height = 600) {
  const bytes = await page.evaluate(async ([width, height]) => {
    const canvas = new OffscreenCanvas(width, height), draw = canvas.getContext("2d");
    draw.fillStyle = "#b9a78f";
    draw.fillRect(0, 0, width, height);
    draw.strokeStyle = "#222222";
    draw.lineWidth = width / 40;
    draw.beginPath();
    for (let step = 0; step <= 40; ++step) draw.lineTo((width * (step + 4)) / 48, height / 2 + Math.sin(step * 1.3) * height * 0.3);
    draw.stroke();
    return [...new Uint8Array(await (await canvas.convertToBlob({ type: "image/jpeg", quality: 0.8 })).arrayBuffer())];
  }, [width, height]);
  return Buffer.from(bytes);
}

/// The same as a phone's camera writes it a minute after it was taken, with the place and the time (EXIF 2.3).
export function with_place(jpeg, lat, lon) {
  // The camera's own time, an hour ahead of Greenwich as its offset says.
  const taken = new Date(Date.now() + 59 * 60_000).toISOString().slice(0, 19).replaceAll("-", ":").replace("T", " ");
  return Buffer.concat([jpeg.subarray(0, 2), segment(0xe1, exif(lat, lon, taken)), jpeg.subarray(2)]);
}

/// The same, made larger than so many bytes by comments, which a reader must pass over.
export function larger_than(jpeg, bytes) {
  const comment = Buffer.alloc(65_000, 0x20);
  const parts = [jpeg.subarray(0, 2)];
  for (let size = jpeg.length; size <= bytes; size += comment.length + 4) parts.push(segment(0xfe, comment));
  return Buffer.concat([...parts, jpeg.subarray(2)]);
}

function segment(marker, bytes) {
  const head = Buffer.from([0xff, marker, 0, 0]);
  head.writeUInt16BE(bytes.length + 2, 2);
  return Buffer.concat([head, bytes]);
}

const kAscii = 2, kLong = 4, kRational = 5;

/// A TIFF of three directories: the picture's, the camera's and the place's.
function exif(lat, lon, taken) {
  const text = (value) => ({ type: kAscii, count: value.length + 1, bytes: Buffer.from(value + "\0", "latin1") });
  const long = (value) => ({ type: kLong, count: 1, bytes: number(value) });
  const angle = (degrees) => {
    const whole = Math.floor(degrees), minutes = Math.floor((degrees - whole) * 60);
    const seconds = Math.round(((degrees - whole) * 60 - minutes) * 60 * 1000);
    return { type: kRational, count: 3, bytes: Buffer.concat([whole, 1, minutes, 1, seconds, 1000].map(number)) };
  };
  const camera = [[0x9003, text(taken)], [0x9011, text("+01:00")]];
  const place = [[1, text(lat < 0 ? "S" : "N")], [2, angle(Math.abs(lat))], [3, text(lon < 0 ? "W" : "E")], [4, angle(Math.abs(lon))]];
  const picture = (at_camera, at_place) => [[0x010f, text("Telefon")], [0x8769, long(at_camera)], [0x8825, long(at_place)]];
  const first = 8, second = first + directory(picture(0, 0), 0).length, third = second + directory(camera, 0).length;
  return Buffer.concat([Buffer.from("Exif\0\0"), Buffer.from([0x49, 0x49, 42, 0]), number(first), directory(picture(second, third), first),
                        directory(camera, second), directory(place, third)]);
}

function number(value) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/// A directory that begins at `start`, and after it what does not fit into its entries.
function directory(entries, start) {
  const head = Buffer.alloc(2 + entries.length * 12 + 4);
  head.writeUInt16LE(entries.length, 0);
  const behind = [];
  let end = start + head.length;
  entries.forEach(([tag, { type, count, bytes }], n) => {
    const at = 2 + n * 12;
    head.writeUInt16LE(tag, at);
    head.writeUInt16LE(type, at + 2);
    head.writeUInt32LE(count, at + 4);
    if (bytes.length <= 4) return void bytes.copy(head, at + 8);
    head.writeUInt32LE(end, at + 8);
    const even = Buffer.concat([bytes, Buffer.alloc(bytes.length % 2)]);
    behind.push(even);
    end += even.length;
  });
  return Buffer.concat([head, ...behind]);
}
