// Draws the charts of a report as SVG, without a browser: node pictures.mjs NODE_MODULES REPORT.html [NUMBER=PICTURE.svg ...]
// Without pictures it lists the charts. npm install vega@6.4.0 vega-lite@6.4.3 makes the folder.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import path from 'node:path';

const [modules, report, ...wanted] = process.argv.slice(2);
const load = async name => {
    const require = createRequire(path.resolve(modules, 'here.js'));
    return await import(pathToFileURL(require.resolve(name)));
};
const vega = await load('vega');
const lite = await load('vega-lite');
const html = readFileSync(report, 'utf8');
const scripts = kind => [...html.matchAll(new RegExp(`<script[^>]*class="${kind}"[^>]*>([^]*?)</script>`, 'g'))].map(match => JSON.parse(match[1]));

// As the page's own script does it: tables once, charts name them; the ink is the surroundings' colour.
const tables = Object.fromEntries(scripts('data').map(({ name, columns, rows }) =>
    [name, rows.map(row => Object.fromEntries(columns.map((column, i) => [column, row[i]])))]));
const ink = 'currentColor';
const axis = { labelColor: ink, titleColor: ink, gridColor: ink, gridOpacity: 0.13, domainColor: ink, domainOpacity: 0.4, tickColor: ink, tickOpacity: 0.4, labelFontSize: 12, titleFontSize: 13 };
const config = {
    background: null, font: 'system-ui, sans-serif', view: { stroke: null }, axis,
    legend: { labelColor: ink, titleColor: ink, labelFontSize: 13, columns: 4 },
    title: { color: ink, subtitleColor: ink, anchor: 'start' }, rule: { color: ink },
};

for (const [i, specification] of scripts('specification').entries()) {
    const picture = wanted.find(argument => argument.startsWith(`${i}=`))?.slice(`${i}=`.length);
    const title = [specification.title?.text ?? specification.title ?? specification.description].flat().join(' ');
    if (!picture) {
        if (wanted.length === 0) console.log(`${i}: ${title}`);
        continue;
    }
    const isLite = specification.$schema.includes('/vega-lite/');
    if (isLite) {
        specification.datasets = { [specification.data.name]: tables[specification.data.name] };
        if (specification.width === 'container') specification.width = 520;
    } else {
        for (const set of specification.data) if (tables[set.name]) set.values = tables[set.name];
        // Beside a page there is no container to be as wide as.
        const width = specification.signals.find(signal => signal.name === 'width');
        if (width) { delete width.init; delete width.on; delete width.update; width.value = 520; }
    }
    const compiled = isLite ? lite.compile(specification, { config }).spec : specification;
    const view = new vega.View(vega.parse(compiled, isLite ? undefined : config), { renderer: 'none' });
    await view.runAsync();
    const style = '<style>svg{color:#2b3138}@media(prefers-color-scheme:dark){svg{color:#cfd5dc}}</style>';
    // Places to a tenth of a pixel; no words for each point, which the page's own text says better.
    const small = (await view.toSVG())
        .replace(/ (?:d|transform|x|y|x2|y2)="[^"]*"/g, attribute => attribute.replace(/-?\d+\.\d{2,}/g, number => String(Math.round(Number(number) * 10) / 10)))
        .replace(/ (?:aria-[a-z]+|role|pointer-events)="[^"]*"/g, '')
        .replace(/(<svg [^>]*>)/, `$1${style}`);
    writeFileSync(picture, small + '\n');
    console.log(`${picture}: ${(small.length / 1024).toFixed(0)} KB, ${title}`);
}

// A chart with an animation keeps its timer.
process.exit(0);
