using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Xunit;

namespace Optim.Properties.Checking;

/// <summary>
/// Cultures that write numbers, dates and capitals in other ways: those of Germany, Turkey and Saudi Arabia. The tests run without the system's data on
/// cultures (a machine with the .NET SDK needs nothing else), so their number formats are built here; where the data are there, a child process uses them.
/// </summary>
internal static class Cultures
{
    public static IReadOnlyList<CultureInfo> All => IsInvariant
        ? [Built("de-DE", ",", ".", "-"), Built("tr-TR", ",", ".", "-"), Built("ar-SA", "\u066b", "\u066c", "\u061c-")]
        : [new("de-DE"), new("tr-TR"), new("ar-SA")];

    private static bool IsInvariant => AppContext.TryGetSwitch("System.Globalization.Invariant", out bool isInvariant) && isInvariant;

    public static T In<T>(CultureInfo culture, Func<T> function)
    {
        var before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = culture;
        try
        {
            return function();
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    /// <summary>The check of law 62 in a process that has the system's cultures; nothing where there are none.</summary>
    public static void CheckWithTheDataOfTheSystem()
    {
        string folder = Directory.CreateTempSubdirectory("optim-cultures-").FullName, name = typeof(Cultures).Assembly.GetName().Name!;
        try
        {
            var config = JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, name + ".runtimeconfig.json")))!;
            config["runtimeOptions"]!["configProperties"]!["System.Globalization.Invariant"] = false;
            string file = Path.Combine(folder, "cultures.runtimeconfig.json");
            File.WriteAllText(file, config.ToJsonString());
            var start = new ProcessStartInfo(
                Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
                ["exec", "--runtimeconfig", file, "--depsfile", Path.Combine(AppContext.BaseDirectory, name + ".deps.json"), Path.Combine(AppContext.BaseDirectory, name + ".dll"), Argument])
            {
                RedirectStandardOutput = true, RedirectStandardError = true,
            };
            using var process = Process.Start(start)!;
            var error = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd() + error.Result;
            process.WaitForExit();
            Assert.True(process.ExitCode == 0 || output.Contains("libicu", StringComparison.Ordinal), output);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>What makes this assembly, run as a program, the child process.</summary>
    public const string Argument = "--law-62";

    private static CultureInfo Built(string name, string point, string groups, string minus)
    {
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        (culture.NumberFormat.NumberDecimalSeparator, culture.NumberFormat.NumberGroupSeparator, culture.NumberFormat.NegativeSign) = (point, groups, minus);
        culture.DateTimeFormat.TimeSeparator = ".";
        Assert.NotEqual("-0.5", (-0.5).ToString(culture));
        Assert.NotEmpty(name);
        return culture;
    }
}
