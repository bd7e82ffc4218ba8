#!/usr/bin/env node
// Gives each recipient of a CSV export a claim code: what one writes without claimpipe.  Node 18 and later.
//
//   codes.mjs INPUT --seed-from env:NAME --claim CLAIM_ID -o RESULTS
//
// The same results as `claimpipe code`, but nothing is remembered from one run to the next, nothing is
// durable before the end, addresses are not checked, and every recipient is in memory.
//
// The file is read as Latin-1, so that any bytes come out as they went in, and V8 keeps one byte a letter.
// A record without a quote is cut at its commas; the others go through a parser that knows quotes.
import crypto from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';

const ADDED = 'status,error,note,action,target,recipient,attempt_id,code,link,tries,http_status,finished_at';
const CHUNK = 1 << 18;
const BOM = '\xef\xbb\xbf'; // as Latin-1 reads it

const latin1 = (text) => Buffer.from(text, 'utf8').toString('latin1');
const utf8 = (text) => Buffer.from(text, 'latin1').toString('utf8');
const quoted = (s) => (/[",\r\n]|^[ \t]|[ \t]$/.test(s) ? `"${s.replaceAll('"', '""')}"` : s);
const now = () => new Date().toISOString().replace(/\.\d+/, '');

function canonical(field) {
    // eslint-disable-next-line no-control-regex
    return /[^\x00-\x7f]/.test(field) ? latin1(utf8(field).trim().toLowerCase()) : field.trim().toLowerCase();
}

// code(i).  crypto.hash (Node 20.12) takes half the time of a Hash object.
function coder(seed) {
    const prefix = `${seed}-`;
    if (crypto.hash) return (i) => `${crypto.hash('sha256', prefix + i)}-${i}`;
    const begun = crypto.createHash('sha256').update(prefix);
    return (i) => `${begun.copy().update(String(i)).digest('hex')}-${i}`;
}

// Where the record that begins at `at` ends, its fields pushed to `fields`; -1 if more text is needed.
function parseRecord(text, at, last, fields) {
    for (;;) {
        let value = '';
        if (text[at] === '"') {
            for (let from = at + 1; ; from = at + 1) {
                at = text.indexOf('"', from);
                if (at < 0 && !last) return -1;
                if (at < 0) at = text.length;
                value += text.slice(from, at);
                if (text[++at] !== '"') break;
                value += '"';
            }
        }
        let end = at;
        while (end < text.length && text[end] !== ',' && text[end] !== '\n') end++;
        if (end >= text.length && !last) return -1;
        const open = text.slice(at, end);
        fields.push(value + (text[end] === ',' ? open : open.replace(/\r$/, '')));
        if (text[end] !== ',') return Math.min(end, text.length);
        at = end + 1;
    }
}

class Converter {
    constructor(seed, claim) {
        this.code = coder(seed);
        this.target = quoted(latin1(claim));
        this.success = `,success,,,code,${this.target},`;
        this.duplicate = `,duplicate,same recipient as an earlier row,,code,${this.target},`;
        this.link = `https://bitbadges.io/claims/${encodeURIComponent(claim)}?code=`;
        this.given = new Map();
        this.width = 0;
        this.rest = '';
    }

    header(fields) {
        if (fields[0].startsWith(BOM)) fields[0] = fields[0].slice(BOM.length);
        this.width = fields.length;
        this.column = fields.indexOf('address');
        if (this.column < 0) throw new Error('there is no column "address"');
        return `${fields.map(quoted).join(',')},${ADDED}\n`;
    }

    invalid(fields, error) {
        const kept = Array.from({ length: this.width }, (_, i) => quoted(fields[i] ?? ''));
        const behind = fields.slice(this.width).map((f) => `,${quoted(f)}`);
        return `${kept.join(',')},invalid,${error},,code,${this.target},,,,,,,${behind.join('')}\n`;
    }

    row(record, address) {
        const recipient = canonical(address);
        const r = quoted(recipient);
        let index = this.given.get(recipient);
        if (index === undefined) {
            index = this.given.size;
            this.given.set(recipient, index);
            const c = this.code(index);
            return `${record}${this.success}${r},,${c},${this.link}${c},,,${this.time}\n`;
        }
        const c = this.code(index);
        return `${record}${this.duplicate}${r},,${c},${this.link}${c},,,\n`;
    }

    // A record as its fields: the header, one with quotes in it, or one of the wrong width.
    parsed(record, fields) {
        if (this.width === 0) return this.header(fields);
        if (fields.length !== this.width)
            return this.invalid(fields, `the row has ${fields.length} fields and the header ${this.width}`);
        if (!fields[this.column].trim()) return this.invalid(fields, 'the address is empty');
        return this.row(record, fields[this.column]);
    }

    // A record without quotes.
    plain(text, at, end) {
        if (at === end) return '';
        const record = text.slice(at, end);
        let fields = 1, address = '';
        for (let comma; ; fields++, at = comma + 1) {
            comma = text.indexOf(',', at);
            const more = comma >= 0 && comma < end;
            if (fields === this.column + 1) address = text.slice(at, more ? comma : end);
            if (!more) break;
        }
        if (fields === this.width && address.trim()) return this.row(record, address);
        return this.parsed(record, record.split(','));
    }

    // The results of the records that are whole; what is left waits for more.
    take(more, last) {
        const text = this.rest + more;
        let out = '', at = 0, quote = -1;

        this.time = now();
        while (at < text.length) {
            let end = text.indexOf('\n', at);
            if (end < 0 && !last) break;
            if (end < 0) end = text.length;
            if (quote < at && quote !== Infinity) {
                quote = text.indexOf('"', at);
                if (quote < 0) quote = Infinity;
            }
            if (quote < end) {
                const fields = [];
                end = parseRecord(text, at, last, fields);
                if (end < 0) break;
                const closed = end < text.length; // else the end of the file may have closed a quote
                const raw = text.slice(at, text[end - 1] === '\r' ? end - 1 : end);
                out += this.parsed(closed ? raw : fields.map(quoted).join(','), fields);
            } else {
                out += this.plain(text, at, text[end - 1] === '\r' ? end - 1 : end);
            }
            at = end + 1;
        }
        this.rest = text.slice(at);
        return Buffer.from(out, 'latin1');
    }

    async *results(chunks) {
        for await (const chunk of chunks) yield this.take(chunk.latin1Slice(), false);
        yield this.take('', true);
        if (this.width === 0) throw new Error('the input is empty');
    }
}

async function main() {
    const { values: o, positionals } = parseArgs({
        allowPositionals: true,
        options: { 'seed-from': { type: 'string' }, claim: { type: 'string' }, output: { type: 'string', short: 'o' } },
    });
    if (positionals.length !== 1 || !o['seed-from'] || !o.claim || !o.output)
        throw new Error('usage: codes.mjs INPUT --seed-from env:NAME --claim CLAIM_ID -o RESULTS');
    const seed = process.env[o['seed-from'].replace(/^env:/, '')];
    if (!seed) throw new Error('the seed is empty');
    const part = `${o.output}.part`;
    const converter = new Converter(seed, o.claim);
    try {
        await pipeline(
            createReadStream(positionals[0], { highWaterMark: CHUNK }),
            (chunks) => converter.results(chunks),
            createWriteStream(part, { highWaterMark: 4 * CHUNK }),
        );
        await rename(part, o.output);
    } catch (e) {
        await rm(part, { force: true });
        throw e;
    }
}

main().catch((e) => {
    console.error(`codes.mjs: ${e.message}`);
    process.exitCode = 1;
});
