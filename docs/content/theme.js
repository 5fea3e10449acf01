// Runs before the page is drawn, so that it does not flash in the other theme. Storage may be denied (a page opened as a file).
try {
    const theme = localStorage.getItem('theme');
    if (theme) document.documentElement.dataset.theme = theme;
} catch { }
