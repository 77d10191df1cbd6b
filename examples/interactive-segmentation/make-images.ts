/* Makes the images of the tests: `npm run images`. They are committed, small as they are. */
import sharp from 'sharp'

/** Three bright things on a dark ground; the test knows where they are. */
const shapes = `<svg xmlns="http://www.w3.org/2000/svg" width="640" height="480"><rect width="640" height="480" fill="#23303a"/>
  <ellipse cx="180" cy="230" rx="110" ry="80" fill="#f2c14e"/><rect x="380" y="90" width="180" height="140" fill="#e5533d"/>
  <path d="M400 420 L490 290 L580 420 Z" fill="#7bd389"/></svg>`
/** Upright in the editor, though its pixels lie on their side: as phones take pictures. */
const leaf = `<svg xmlns="http://www.w3.org/2000/svg" width="480" height="640"><rect width="480" height="640" fill="#2d2a32"/>
  <path d="M240 90 C420 240 400 470 240 560 C80 470 60 240 240 90 Z" fill="#9bc53d"/></svg>`
await sharp(Buffer.from(shapes)).png({ compressionLevel: 9, palette: true }).toFile('images/shapes.png')
const pixels = await sharp(Buffer.from(leaf)).rotate(270).png().toBuffer()
await sharp(pixels).withMetadata({ orientation: 6 }).jpeg({ quality: 85 }).toFile('images/leaf.jpg')
