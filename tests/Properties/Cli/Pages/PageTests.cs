using Optim.Cli;
using Optim.Properties.Reporting;
using Optim.Reports;
using Xunit;

namespace Optim.Properties.Cli.Pages;

/// <summary>The commands' pages as a browser draws them.</summary>
public sealed class PageTests : IDisposable
{
    private static readonly string[] Names = ["adam.w", "sgd[0]", "</script>\"'"];

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("optim-pages-");

    public void Dispose() => folder.Delete(recursive: true);

    [BrowserFact]
    public Task The_page_of_a_comparison_is_drawn() => Check("compare", "--optimizers", "sgd,momentum,nesterov,adagrad,rmsprop,adam,adamw", "--epochs", "20");

    [BrowserFact]
    public Task The_page_of_a_landscape_is_drawn() => Check("landscape", "himmelblau");

    [BrowserFact]
    public Task The_page_of_a_training_is_drawn() => Check("train", "--epochs", "6", "--quiet");

    [BrowserFact]
    public Task The_page_of_a_range_test_is_drawn() => Check("find-lr");

    [BrowserFact]
    public Task The_page_of_a_tuning_is_drawn() => Check("tune", "--trials", "14", "--epochs", "4", "--repeats", "1");

    [BrowserFact]
    public async Task Every_kind_of_chart_is_drawn_from_figures_of_every_kind()
    {
        string path = Path.Combine(folder.FullName, "charts.html");
        Charts().SavePage(path);
        await using var browser = await Browser.Open(path);
        await Whole(browser, "charts", 1000);
        await browser.Resize(390);
        await browser.Until("document.documentElement.clientWidth === 390");
        await browser.Evaluate("new Promise(done => setTimeout(() => optimReport.drawn().then(() => done(0)), 300))");
        await Whole(browser, "charts-phone", 390);
    }

    [BrowserFact]
    public async Task The_pages_of_the_library_are_drawn()
    {
        foreach (var (name, report) in LibraryReports.All())
        {
            string path = Path.Combine(folder.FullName, $"{name}.html");
            report.SavePage(path);
            await using var browser = await Browser.Open(path);
            await Whole(browser, $"library-{name}", 1000);
        }
    }

    [BrowserFact]
    public async Task The_slider_follows_play_and_stays_where_it_is_when_colours_and_width_change()
    {
        await using var browser = await Browser.Open(Page("landscape", "rosenbrock", "--steps", "500"), width: 1000);
        const string Slider = "document.querySelector('input[type=range]')", Play = "document.querySelector('input[type=checkbox]')";
        Assert.Equal("500", await Text(browser, $"{Slider}.value"));
        await browser.Evaluate($"{Slider}.value = 0; {Slider}.dispatchEvent(new Event('input')); 0");
        await browser.Evaluate($"{Play}.click()");
        await browser.Until($"+{Slider}.value > 20");
        await browser.Evaluate($"{Play}.click()");
        string at = await Text(browser, $"{Slider}.value");
        Assert.Equal(at, await Text(browser, "optimReport.charts[0].view.signal('step')"));

        await browser.Prefer(dark: true);
        await browser.Resize(390);
        await browser.Until("getComputedStyle(document.body).backgroundColor === 'rgb(15, 19, 24)'");
        await browser.Until($"optimReport.charts[0].view.width() < 390");
        await browser.Evaluate("optimReport.drawn().then(() => 0)");
        Assert.Equal(at, await Text(browser, $"{Slider}.value"));
        Assert.Equal(at, await Text(browser, "optimReport.charts[0].view.signal('step')"));
        Assert.Empty(browser.Console);
    }

    [BrowserFact]
    public async Task What_was_chosen_in_a_legend_stays_chosen_when_the_width_changes()
    {
        await using var browser = await Browser.Open(Page("compare", "--optimizers", "sgd,adam", "--epochs", "3"));
        const string Chosen = "JSON.stringify(optimReport.charts[0].view.data('chosen_store').map(item => item.values))";
        await browser.Evaluate("optimReport.charts[0].view.data('chosen_store', [{ unit: '', fields: [{ type: 'E', field: 'optimizer' }], values: ['Adam'] }]).runAsync().then(() => 0)");
        Assert.Equal("""[["Adam"]]""", await Text(browser, Chosen));
        await browser.Resize(390);
        await browser.Until($"optimReport.charts[0].view.width() < 390");
        await browser.Evaluate("optimReport.drawn().then(() => 0)");
        Assert.Equal("""[["Adam"]]""", await Text(browser, Chosen));
    }

    [BrowserFact]
    public async Task What_a_chart_is_saved_as_is_a_picture_and_the_figures()
    {
        string page = Page("compare", "--optimizers", "sgd,adam", "--epochs", "3", "--csv", folder.FullName);
        await using var browser = await Browser.Open(page);
        await browser.Evaluate("window.saved = []; HTMLAnchorElement.prototype.click = function () { saved.push(this); }; 0");
        await browser.Evaluate("for (const link of document.querySelectorAll('figure .downloads')[0].querySelectorAll('a')) link.dispatchEvent(new Event('click')); 0");
        await browser.Until("saved.length === 3");
        Assert.Equal("curves.csv curves.png curves.svg", await Text(browser, "saved.map(link => link.download).sort().join(' ')"));
        Assert.StartsWith("<svg style=", await Text(browser, "fetch(saved.find(l => l.download.endsWith('svg')).href).then(r => r.text())"), StringComparison.Ordinal);
        Assert.Equal("137 80 78 71", await Text(browser, "fetch(saved.find(l => l.download.endsWith('png')).href).then(r => r.arrayBuffer()).then(b => [...new Uint8Array(b)].slice(0, 4).join(' '))"));

        // The page holds seven digits of each number, the file all.
        string[] inPage = (await Text(browser, "fetch(saved.find(l => l.download.endsWith('csv')).href).then(r => r.text())")).Split("\r\n");
        string[] inFile = File.ReadAllText(Path.Combine(folder.FullName, "curves.csv")).Split("\r\n");
        Assert.Equal(inFile.Length, inPage.Length);
        Assert.Equal(inFile[0], inPage[0]);
        Assert.Equal(Rounded(inFile[^2]), Rounded(inPage[^2]));

        static IEnumerable<string> Rounded(string line) => line.Split(',').Select(cell => double.TryParse(cell, out double number) ? $"{number:G7}" : cell);
    }

    /// <summary>A report with a chart of each kind, from rows whose cells are empty, not finite, of names that mean something to Vega.</summary>
    private static Report Charts()
    {
        (int Trial, string Optimizer, double Rate, double? Decay, double Accuracy)[] rows =
        [
            .. Enumerable.Range(0, 30).Select(i => (
                i, Names[i % Names.Length], Math.Pow(10, -4 + (i % 7 * 0.6)), i % 5 == 0 ? null : (double?)(0.01 * i),
                i == 4 ? double.NaN : 0.5 + (0.4 * Math.Sin(i)))),
        ];
        var trials = DataTable.Of(
            "trials", rows,
            Column.Whole<(int Trial, string Optimizer, double Rate, double? Decay, double Accuracy)>("trial", row => row.Trial),
            Column.Text<(int Trial, string Optimizer, double Rate, double? Decay, double Accuracy)>("optimizer", row => row.Optimizer),
            Column.Number<(int Trial, string Optimizer, double Rate, double? Decay, double Accuracy)>("rate", row => row.Rate),
            Column.Number<(int Trial, string Optimizer, double Rate, double? Decay, double Accuracy)>("weight.decay", row => row.Decay),
            Column.Number<(int Trial, string Optimizer, double Rate, double? Decay, double Accuracy)>("accuracy", row => row.Accuracy));
        Axis trial = new("trial", "Trial") { Format = "d" }, rate = new("rate", "Learning rate") { IsLogarithmic = true },
            decay = new("weight.decay", "Weight decay"), accuracy = new("accuracy", "Accuracy", "%") { Format = ".1~%" };
        return new("Charts of every kind")
        {
            Sections =
            [
                new("Lines", Chart.Lines("One", "One", trials, trial, accuracy), Chart.Lines("Several", "Several", trials, trial, rate, "optimizer")),
                new("Points", Chart.Points("One colour", "One", trials, rate, accuracy), Chart.Points("By optimizer", "Several", trials, decay, accuracy, "optimizer")),
                new("Bars", Chart.Bars("Bars", "Bars", trials, "trial", accuracy)),
                new("Parallel", Chart.Parallel("Parallel coordinates", "Parallel", trials, "trial", [new("optimizer", "Optimizer"), rate, decay, trial], accuracy)),
            ],
        };
    }

    /// <summary>Light, dark and on a phone: every chart has marks, nothing is wider than the window, and the console stays empty.</summary>
    private async Task Check(params string[] arguments)
    {
        await using var browser = await Browser.Open(Page(arguments));
        await Whole(browser, arguments[0], 1000);
        await browser.Prefer(dark: true);
        await browser.Picture($"{arguments[0]}-dark");
        await browser.Resize(390);
        await browser.Until("document.documentElement.clientWidth === 390");
        await browser.Evaluate("new Promise(done => setTimeout(() => optimReport.drawn().then(() => done(0)), 300))");
        await Whole(browser, $"{arguments[0]}-phone", 390);
        await browser.Print();
        Assert.Equal("", await Text(browser, "[...document.querySelectorAll('.wide table')].filter(t => t.offsetWidth > t.parentElement.clientWidth).map(t => t.innerText).join()"));
    }

    private static async Task Whole(Browser browser, string name, int width)
    {
        await browser.Picture(name);
        Assert.True((bool)(await browser.Evaluate("optimReport.charts.length > 0 && optimReport.charts.every(chart => chart.place.querySelector('svg path, svg line'))"))!);
        int overflow = (int)(await browser.Evaluate("document.documentElement.scrollWidth"))!;
        Assert.True(overflow <= width, FormattableString.Invariant($"The page is {overflow} px wide in a window of {width}."));
        Assert.Empty(browser.Console);
    }

    private string Page(params string[] arguments)
    {
        string path = Path.Combine(folder.FullName, $"{arguments[0]}.html");
        using StringWriter output = new(), error = new();
        int code = Program.Run([.. arguments, "--output", path], output, error);
        Assert.Equal((0, ""), (code, error.ToString()));
        return path;
    }

    private static async Task<string> Text(Browser browser, string expression) => (string)(await browser.Evaluate($"Promise.resolve({expression}).then(String)"))!;
}
