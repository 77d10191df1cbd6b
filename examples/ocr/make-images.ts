/* Makes the images of the tests: `node --import tsx make-images.ts`. They are committed, as fonts differ between machines. */
import sharp from 'sharp'

const receipt = `<svg xmlns="http://www.w3.org/2000/svg" width="640" height="320"><rect width="640" height="320" fill="white"/>
  <g font-family="DejaVu Sans, Arial, sans-serif" font-size="34" fill="#111">
    <text x="40" y="70">Invoice No. 2026-1124</text><text x="40" y="140">Total: 1,234.56 EUR</text>
    <text x="40" y="210">Paid by card</text><text x="40" y="280">Thank you!</text></g></svg>`
const sign = `<svg xmlns="http://www.w3.org/2000/svg" width="700" height="360"><rect width="700" height="360" fill="#f3efe2"/>
  <text x="90" y="120" font-family="DejaVu Sans, Arial, sans-serif" font-size="40" fill="#203040" transform="rotate(12 90 120)">Platform 9 closed today</text></svg>`
await sharp(Buffer.from(receipt)).png({ compressionLevel: 9 }).toFile('images/receipt.png')
await sharp(Buffer.from(sign)).jpeg({ quality: 85 }).toFile('images/sign.jpg')
