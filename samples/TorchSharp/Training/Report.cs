using System.Globalization;
using System.Text;

namespace Training;

/// <summary>A run's losses.</summary>
internal sealed record Curve(string Name)
{
    public List<(int Step, double Loss)> Training { get; } = [];

    public List<(int Step, double Loss)> HeldOut { get; } = [];

    public double Seconds { get; set; }

    public double Result { get; set; } = double.NaN;
}

/// <summary>Runs side by side.</summary>
internal sealed record Chart(string Title, string Unit)
{
    public List<Curve> Curves { get; } = [];
}

/// <summary>The curves as one page that needs nothing else.</summary>
internal static class Report
{
    private const int Width = 760, Height = 360, Left = 50, Top = 12, Bottom = 30;

    private static readonly string[] Colours = ["#4269d0", "#ff725c", "#3ca951"];

    public static void Write(string path, IEnumerable<Chart> charts)
    {
        var page = new StringBuilder("<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Training</title><style>body{font:15px system-ui;max-width:800px;margin:2em auto}td,th{padding:.2em .8em;text-align:left}</style>\n<h1>Training by Optim and TorchSharp</h1>\n");
        foreach (var chart in charts)
        {
            page.Append(CultureInfo.InvariantCulture, $"<h2>{chart.Title}</h2>\n<p>Thin: the loss on each batch. Thick: {chart.Unit}, on what is held out.</p>\n{Svg(chart)}\n<table><tr><th></th><th>run</th><th>last, held out</th><th>seconds</th></tr>\n");
            foreach (var (i, curve) in chart.Curves.Index())
            {
                page.Append(CultureInfo.InvariantCulture, $"<tr><td style=\"background:{Colours[i]}\"></td><td>{curve.Name}</td><td>{(curve.HeldOut.Count > 0 ? curve.HeldOut[^1].Loss : double.NaN):0.000}</td><td>{curve.Seconds:0.0}</td></tr>\n");
            }

            page.Append("</table>\n");
        }

        File.WriteAllText(path, page.Append("</html>\n").ToString());
    }

    private static string Svg(Chart chart)
    {
        var points = chart.Curves.SelectMany(curve => curve.Training.Concat(curve.HeldOut)).ToList();
        if (points.Count == 0)
        {
            return "";
        }

        double most = points.Max(point => point.Loss), last = points.Max(point => point.Step);
        double X(int step) => Left + ((Width - Left) * step / last);
        double Y(double loss) => Top + ((Height - Bottom - Top) * (1 - (loss / most)));
        string Line(IEnumerable<(int Step, double Loss)> curve, string colour, double width) => string.Create(
            CultureInfo.InvariantCulture,
            $"<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"{width}\" points=\"{string.Join(" ", curve.Select(point => FormattableString.Invariant($"{X(point.Step):0.0},{Y(point.Loss):0.0}")))}\"/>");
        var svg = new StringBuilder(FormattableString.Invariant($"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{chart.Title}: losses by step\">"));
        for (int i = 0; i <= 4; i++)
        {
            double loss = most * i / 4;
            svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{Left}\" x2=\"{Width}\" y1=\"{Y(loss):0.0}\" y2=\"{Y(loss):0.0}\" stroke=\"#ddd\"/><text x=\"4\" y=\"{Y(loss) + 4:0.0}\" font-size=\"12\">{loss:0.00}</text>");
        }

        foreach (var (i, curve) in chart.Curves.Index())
        {
            svg.Append(Line(curve.Training, Colours[i], 0.6)).Append(Line(curve.HeldOut, Colours[i], 2.5));
        }

        for (int i = 0; i <= 4; i++)
        {
            int step = (int)(last * i / 4);
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{X(step):0.0}\" y=\"{Height - 8}\" font-size=\"12\" text-anchor=\"{(i == 4 ? "end" : "middle")}\">{(i == 4 ? "step " : "")}{step}</text>");
        }

        return svg.Append("</svg>").ToString();
    }
}
