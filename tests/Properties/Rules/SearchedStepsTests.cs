using System.Globalization;
using System.Numerics;
using Optim.LineSearches;
using Optim.Properties.Checking;
using Xunit;

namespace Optim.Properties.Rules;

/// <summary>
/// The steps that line searches try, one by one: those of <see cref="MoreThuente"/> are MINPACK-2's, as recorded from SciPy in tests/tables/more-thuente.csv; those of every search, at edges, at the limits of its trials and in single precision,
/// are the ones of tests/tables/line-searches.csv. Where other steps are meant, OPTIM_UPDATE_SEARCHES=1 writes that file anew.
/// </summary>
public class SearchedStepsTests
{
    private static readonly string Table = Path.Combine(Repository.Root, "tests", "tables", "line-searches.csv");

    private static readonly (string Name, Func<int, LineSearch> Of)[] Searches =
    [
        ("StrongWolfe", trials => new StrongWolfe { MaxTrials = trials }), ("StrongWolfe 0.1", trials => new StrongWolfe { Armijo = 0.01, Curvature = 0.1, MaxTrials = trials }),
        ("MoreThuente", trials => new MoreThuente { MaxTrials = trials }), ("MoreThuente 0.01", trials => new MoreThuente { Curvature = 0.01, MaxTrials = trials }),
        ("HagerZhang", trials => new HagerZhang { MaxTrials = trials }), ("HagerZhang 0.15", trials => new HagerZhang { Curvature = 0.15, Cut = 0.25, Decay = 0.3, Expansion = 2, Slack = 0, MaxTrials = trials }),
        ("Backtracking 0.3", trials => new Backtracking { Shrink = 0.3, Armijo = 0.25, MaxTrials = trials }), ("FixedStep", _ => new FixedStep()),
    ];

    [Fact]
    public void MoreThuente_tries_what_MINPACK_tries()
    {
        string[] rows = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "tables", "more-thuente.csv"));
        Assert.Equal("function,parameter,armijo,curvature,first,steps", rows[0]);
        foreach (string row in rows.Skip(1))
        {
            string[] cells = row.Split(',');
            double[] numbers = [.. cells[1..5].Select(Number)], steps = [.. cells[5].Split(' ').Select(Number)];
            var line = new SearchLine<double>(SearchedFunctions.Of(cells[0], numbers[0]), 0, 1);
            var result = new MoreThuente { Armijo = numbers[1], Curvature = numbers[2] }.Search(line, line.Start(), numbers[3], smallestBracket: 0);
            Assert.True(result.Holds, row);
            Assert.True(
                steps.Length == line.Places.Count && steps.Zip(line.Places, (theirs, ours) => Math.Abs(theirs - ours) <= 1e-9 * Math.Abs(theirs)).All(same => same),
                $"{row}\nwas {string.Join(' ', line.Places.Select(place => place.ToString("R", CultureInfo.InvariantCulture)))}");
            Assert.Equal(line.Places[^1], result.Point.Step);
        }
    }

    [Fact]
    public void What_is_on_file_is_tried()
    {
        string[] rows = [.. Rows()];
        if (Environment.GetEnvironmentVariable("OPTIM_UPDATE_SEARCHES") == "1")
        {
            File.WriteAllText(Table, string.Join('\n', rows.Prepend("search,function,parameter,first,limits,end,steps")) + "\n");
        }

        string[] onFile = File.ReadAllLines(Table)[1..];
        string[] differing = [.. rows.Except(onFile)];
        Assert.True(differing.Length == 0 && rows.Length == onFile.Length, $"{differing.Length} of {rows.Length} searches try other steps than tests/tables/line-searches.csv has, the first of them now\n{string.Join('\n', differing.Take(5))}");
    }

    private static IEnumerable<string> Rows()
    {
        foreach (var (name, of) in Searches)
        {
            foreach (var (function, parameter) in SearchedFunctions.All)
            {
                foreach (double first in new[] { 0.002, 0.3, 1, 6, 700 })
                {
                    yield return Row<double>(name, of(25), function, parameter, first, "", 1e-9, double.PositiveInfinity);
                }

                foreach (double first in new[] { 0.03, 11 })
                {
                    yield return Row<double>(name, of(25), function, parameter, first, "longest 0.65", 1e-9, 0.65);
                    yield return Row<double>(name, of(25), function, parameter, first, "bracket 0.4", 0.4, double.PositiveInfinity);
                    yield return Row<double>(name, of(0), function, parameter, first, "0 trials", 0, double.PositiveInfinity);
                    yield return Row<double>(name, of(1), function, parameter, first, "1 trial", 0, double.PositiveInfinity);
                    yield return Row<double>(name, of(3), function, parameter, first, "3 trials", 0, double.PositiveInfinity);
                    yield return Row<float>(name, of(25), function, parameter, first * 1e-6, "float", 0, 900);
                }

                // With losses and slopes in quarters, or one loss everywhere: many are equal, and what is less must be told from what is not more.
                foreach (double first in new[] { 0.25, 0.5, 1, 2, 8 })
                {
                    yield return Row<double>(name, of(25), function, parameter, first, "quarters", 0, double.PositiveInfinity, point => (Quarters(point.F), Quarters(point.G)));
                    yield return Row<double>(name, of(6), function, parameter, first, "quarters 2", 0.25, 2, point => (Quarters(point.F), Quarters(point.G)));
                    yield return Row<double>(name, of(6), function, parameter, first, "level", 0, double.PositiveInfinity, point => (point.F - point.F + 1, point.G));
                }
            }
        }
    }

    private static string Row<T>(string name, LineSearch search, string function, double parameter, double first, string limits, double smallestBracket, double longest,
        Func<(double F, double G), (double F, double G)>? rounded = null)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        // In single precision far from 0, where many steps lead to one place, and many places to one loss.
        double origin = typeof(T) == typeof(float) ? 512 : 0;
        var of = SearchedFunctions.Of(function, parameter);
        var line = new SearchLine<T>(x => (rounded ?? (point => point))(of(x - origin)), origin, 1);
        var result = search.Search(line, line.Start(), first, smallestBracket, longest);
        string end = $"{(result.Holds ? "holds" : "fails")} {Short(result.Point.Step)}";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{name},{function},{parameter},{first},{limits},{end},{string.Join(' ', line.Places.Select(place => Short(double.CreateTruncating(place) - origin)))}");
    }

    private static double Quarters(double value) => Math.Round(4 * value) / 4;

    private static string Short(double value) => value.ToString("G6", CultureInfo.InvariantCulture);

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
