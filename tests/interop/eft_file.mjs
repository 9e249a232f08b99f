// Writes the transfers of a JSON file by Standard 005 with @cityssm/eft-generator, on stdout.
//
// Usage: node eft_file.mjs FILE
//
// It lies in the directory where the package is installed, since Node looks for packages beside a script.

import fs from 'node:fs';
import { EFTGenerator } from '@cityssm/eft-generator';

const { config, payments } = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const day = (text) => { const [year, month, date] = text.split('-').map(Number); return new Date(year, month - 1, date); };
const generator = new EFTGenerator({ ...config, fileCreationDate: day(config.fileCreationDate) });
for (const { debit, on, ...payment } of payments) {
  const add = debit ? generator.addDebitTransaction : generator.addCreditTransaction;
  add.call(generator, { ...payment, paymentDate: day(on) });
}
process.stdout.write(generator.toCPA005());
