using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using Optim.Cli.Info;
using Optim.Cli.Reports;
using Optim.Properties.Checking;
using Optim.Properties.Cli;
using Optim.Reports;
using Optim.Tuning;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Reporting;

/// <summary>What holds for any report: its page, its JSON document, its CSV files.</summary>
public partial class ReportTests(ITestOutputHelper output)
{
    [Fact]
    public void No_text_breaks_out_of_the_page() => Law.Check(output, AnyTable.Text, text =>
    {
        string page = Full(text).ToReport().ToHtml(ChartScripts.Linked);
        Assert.Equal(Structure(Full("plain").ToReport().ToHtml(ChartScripts.Linked)), Structure(page));

        // And each is there as it was, to read: heading, summary, paragraph, link, code, table, chart, command line.
        string[] shown = [.. Content().Matches(page).Select(match => WebUtility.HtmlDecode(match.Groups["text"].Value))];
        Assert.True(shown.Count(content => content == text) >= 6, page);
        var specification = Assert.Single(PageText.Specifications(page));
        Assert.Equal(text, (string)specification["encoding"]!["y"]!["title"]!);
        var table = Assert.Single(PageText.Tables(page));
        Assert.Equal("text" + text, (string)table["columns"]![0]!);
        Assert.Equal(text, (string)table["rows"]![0]![0]!);
    });

    [Fact]
    public void A_csv_file_says_what_the_table_says_to_the_bit() => Law.Check(output, AnyTable.Of(), table =>
    {
        var lines = Parsed(CsvText.Of(table));
        Assert.Equal(table.Columns.Select(column => column.Name), lines[0].Select(cell => cell.Text));
        Assert.Equal(table.Rows.Count, lines.Count - 1);
        for (int i = 0; i < table.Rows.Count; i++)
        {
            for (int j = 0; j < table.Columns.Count; j++)
            {
                Assert.Equal(table.Rows[i][j], Read(lines[i + 1][j], table.Columns[j].Kind));
            }
        }
    });

    [Fact]
    public void A_document_of_tables_has_every_cell_and_null_for_what_is_not_finite() => Law.Check(output, AnyTable.Of(), table =>
    {
        var document = JsonNode.Parse(Json.Text(ReportJson.Of(new CommandReport("test", "Test", Somewhere("optim test")) { Data = [table] })))!;
        Assert.Equal(["command", "version", "table", "provenance"], document.AsObject().Select(member => member.Key));
        Assert.Equal("optim test", (string)document["provenance"]!["commandLine"]!);
        for (int i = 0; i < table.Rows.Count; i++)
        {
            for (int j = 0; j < table.Columns.Count; j++)
            {
                var cell = document["table"]![i]![table.Columns[j].Name];
                object? expected = table.Rows[i][j] is double number && !double.IsFinite(number) ? null : table.Rows[i][j];
                Assert.Equal(expected, cell is null ? null : table.Columns[j].Kind switch
                {
                    ColumnKind.Number => cell.GetValue<double>(), ColumnKind.Whole => cell.GetValue<long>(), ColumnKind.Flag => cell.GetValue<bool>(), _ => cell.GetValue<string>(),
                });
            }
        }
    });

    [Fact]
    public void A_table_is_in_the_page_once_however_many_charts_are_drawn_from_it()
    {
        var table = DataTable.Of("curves", [1, 2, 3], Column.Whole<int>("step", i => i), Column.Number<int>("loss", i => 1.0 / i));
        Axis step = new("step", "Step"), loss = new("loss", "Loss");
        var report = new CommandReport("test", "Test", Somewhere("optim test"))
        {
            Sections = [new("One", Chart.Lines("A", "a", table, step, loss), Chart.Points("B", "b", table, step, loss)), new("Two", Chart.Lines("C", "c", table, step, loss))],
        };
        string page = report.ToReport().ToHtml(ChartScripts.Linked);
        Assert.Single(PageText.Tables(page));
        Assert.Equal(3, PageText.Specifications(page).Count);
        Assert.Single(Regex.Matches(page, Regex.Escape("0.3333333")));
    }

    [Fact]
    public void Of_a_study_with_several_goals_the_page_names_no_best_trial_but_those_that_none_is_better_than()
    {
        var study = new Study(SearchSpace.Of(SearchParameter.Integer("steps", 1, 3))) { Sampler = new GridSampler(), Direction = StudyDirection.Maximize };
        Assert.EndsWith(" The best value is 3, of trial 2.", Searched(study).Summary, StringComparison.Ordinal);
        var several = Searched(study with { Goals = [new StudyGoal("seconds")] });
        Assert.EndsWith(" No other is better in every goal than trials 0, 1, 2.", several.Summary, StringComparison.Ordinal);
        Assert.Contains("by the value alone", several.ToHtml(ChartScripts.Linked), StringComparison.Ordinal);

        static Report Searched(Study study) => study.Run(
            trial =>
            {
                trial.Note("seconds", trial.Parameters.Integer("steps"));
                return trial.Parameters.Integer("steps");
            },
            new() { Trials = 3 }).ToReport();
    }

    [Fact]
    public void Tables_and_runs_of_one_name_are_refused_when_the_report_is_made()
    {
        var table = DataTable.Of("curves", [1], Column.Whole<int>("n", i => i), Column.Whole<int>("m", i => i));
        var other = DataTable.Of("curves", [2], Column.Whole<int>("n", i => i), Column.Whole<int>("m", i => i));
        Refused.With<ArgumentException>("Data must have tables of different names, 'curves' occurs twice.", () => new Report("T") { Data = [table, other] });
        Refused.With<ArgumentException>("Sections must have tables of charts of different names, 'curves' occurs twice.", () => new Report("T") { Sections = [new("S", Drawn(table)), new("S", Drawn(other))] });
        Assert.Equal(2, new Report("T") { Sections = [new("S", Drawn(table), Drawn(table))] }.Sections[0].Blocks.Count);

        // "a/b" and "a-b" have one folder.
        Refused.With<ArgumentException>("Runs must have runs of different names, 'a-b' occurs twice.", () => new Report("T") { Runs = [new("a/b", []), new("a-b", [])] });

        static Chart Drawn(DataTable data) => Chart.Lines("C", "c", data, new("n", "N"), new("m", "M"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("Curves")]
    [InlineData("../curves")]
    [InlineData("a b")]
    public void A_table_whose_name_cannot_be_a_files_is_refused(string name) => Assert.Contains(
        $"was '{name}'", Assert.Throws<ArgumentException>(() => DataTable.Of(name, [1], Column.Whole<int>("n", i => i))).Message, StringComparison.Ordinal);

    [Fact]
    public void Columns_of_one_name_are_refused_and_one_that_there_is_not_is_named()
    {
        Assert.Contains("'n' occurs twice", Assert.Throws<ArgumentException>(() => DataTable.Of("t", [1], Column.Whole<int>("n", i => i), Column.Flag<int>("n", _ => true))).Message, StringComparison.Ordinal);
        var table = DataTable.Of("t", [1], Column.Whole<int>("n", i => i));
        Assert.Contains("no column 'm'; it has n", Assert.Throws<ArgumentException>(() => table.IndexOf("m")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Scripts_within_a_page_cannot_end_their_element()
    {
        const string Script = "a = '</script><!--<SCRIPT x>'; b = 1 < 2 && c <d";
        Assert.Equal(@"a = '\x3C/script>\x3C!--\x3CSCRIPT x>'; b = 1 < 2 && c <d", ScriptElements.Escaped(Script));
    }

    internal static Provenance Somewhere(string commandLine) => new(
        commandLine, 1, 2, DateTimeOffset.UnixEpoch, TimeSpan.FromSeconds(1), "by hand",
        new MachineInfo("0.1.0", ".NET", "an OS", "Arm64", "a processor", 3, [], 0, false, new(false, null, null, null, "There is none.")));

    /// <summary>A report that has a text wherever there may be one.</summary>
    private static CommandReport Full(string text)
    {
        var table = DataTable.Of("data", [text], Column.Text<string>("text" + text, cell => cell), Column.Whole<string>("n", _ => 1), Column.Number<string>("x", _ => 0.5));
        return new("test", text, Somewhere(text) with { Reproducibility = text })
        {
            Summary = "See " + text,
            Sections =
            [
                new(
                    text, text, new Link("At", text), new Code(text), new TextTable([text, text], [[text, text]]),
                    Chart.Points(text, text, table, new("n", text, text), new("x", text), "text" + text)),
            ],
            Data = [table],
        };
    }

    /// <summary>A page's elements, each with the names of its attributes.</summary>
    private static List<string> Structure(string page) =>
        [.. Tag().Matches(page).Select(tag => tag.Groups["name"].Value + " " + string.Join(' ', tag.Groups["attribute"].Captures.Select(capture => capture.Value)))];

    private static object? Read((string Text, bool Quoted) cell, ColumnKind kind) => !cell.Quoted && cell.Text.Length == 0 ? null : kind switch
    {
        ColumnKind.Number => double.Parse(cell.Text, CultureInfo.InvariantCulture),
        ColumnKind.Whole => long.Parse(cell.Text, CultureInfo.InvariantCulture),
        ColumnKind.Flag => bool.Parse(cell.Text),
        _ => cell.Text,
    };

    /// <summary>A file by the grammar of RFC 4180.</summary>
    private static List<List<(string Text, bool Quoted)>> Parsed(string file)
    {
        var lines = new List<List<(string, bool)>>();
        for (int at = 0; at < file.Length;)
        {
            var cells = new List<(string, bool)>();
            while (true)
            {
                var match = Cell().Match(file, at);
                bool quoted = match.Groups["quoted"].Success;
                cells.Add(quoted ? (match.Groups["quoted"].Value.Replace("\"\"", "\"", StringComparison.Ordinal), true) : (match.Groups["plain"].Value, false));
                at += match.Length;
                if (match.Groups["end"].Value == "\r\n")
                {
                    break;
                }
            }

            lines.Add(cells);
        }

        return lines;
    }

    [GeneratedRegex("""\G(?:"(?<quoted>(?:[^"]|"")*)"|(?<plain>[^",\r\n]*))(?<end>,|\r\n)""")]
    private static partial Regex Cell();

    [GeneratedRegex("""<(?<name>/?[a-zA-Z!][a-zA-Z0-9-]*)(?:\s+(?<attribute>[^\s=>"]+)(?:="[^"]*")?)*\s*>""")]
    private static partial Regex Tag();

    [GeneratedRegex("<(?:h1|h2|p|code|th scope=\"[a-z]+\"|td|figcaption)>(?<text>[^<]*)<")]
    private static partial Regex Content();
}
