// The current page in the menu, the theme, and the search, without a library.
const root = document.documentElement.dataset.root;

for (const link of document.querySelectorAll('#menu a')) {
    if (link.href === location.href.split('#')[0].replace(/\/rules\/[^/]*$/, '/optimizers.html')) link.setAttribute('aria-current', 'page');
}

document.getElementById('theme').addEventListener('click', () => {
    const dark = getComputedStyle(document.documentElement).colorScheme === 'dark'
        || (!document.documentElement.dataset.theme && matchMedia('(prefers-color-scheme: dark)').matches);
    const theme = dark ? 'light' : 'dark';
    document.documentElement.dataset.theme = theme;
    try { localStorage.setItem('theme', theme); } catch { }
});

const box = document.querySelector('#search input');
const list = document.querySelector('#search ol');
let index;

// The index is a script, since a page opened as a file may not fetch.
function load() {
    index ??= new Promise(done => {
        const script = document.createElement('script');
        script.src = root + 'content/search-index.js';
        script.onload = () => done(window.searchIndex);
        document.head.append(script);
    });
    return index;
}

// Every word must occur; titles count most, pages before types.
function score(page, words) {
    let sum = page.uri.startsWith('reference/') ? 0 : 1;
    for (const word of words) {
        const title = page.title.toLowerCase();
        if (title === word) sum += 20;
        else if (title.includes(word)) sum += 8;
        else if (page.content.includes(word)) sum += 1;
        else return 0;
    }
    return sum;
}

async function search() {
    const words = box.value.toLowerCase().split(/\s+/).filter(word => word);
    const pages = words.length === 0 ? [] : (await load())
        .map(page => ({ page, points: score(page, words) })).filter(hit => hit.points > 0)
        .sort((a, b) => b.points - a.points).slice(0, 20).map(hit => hit.page);
    list.replaceChildren(...pages.map(page => {
        const item = document.createElement('li'), link = document.createElement('a');
        link.href = root + page.uri;
        link.textContent = page.title;
        item.append(link);
        return item;
    }));
    if (words.length > 0 && pages.length === 0) list.textContent = 'Nothing found.';
    list.hidden = words.length === 0;
}

box.addEventListener('focus', load, { once: true });
box.addEventListener('input', search);
document.addEventListener('keydown', event => {
    if (event.key === 'Escape') { list.hidden = true; box.blur(); }
    if (event.key === '/' && document.activeElement !== box) { event.preventDefault(); box.focus(); }
});
document.addEventListener('click', event => { if (!event.target.closest('#search')) list.hidden = true; });
