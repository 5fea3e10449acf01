using System.Data.Common;
using System.Globalization;
using System.Text.RegularExpressions;
using Npgsql;

namespace Optim.Cli.Tune;

/// <summary>A study in a PostgreSQL database, as <c>--study</c> names it: <c>postgres://user:password@host:port/database?study=NAME</c>.</summary>
/// <param name="Connection">What the driver is told.</param>
/// <param name="Study">The study's name.</param>
/// <param name="Heartbeat">How often this process says that its trials go on.</param>
/// <param name="Shown">The address without its passwords, for what is printed, logged or written to a report.</param>
internal sealed partial record StudyAddress(string Connection, string Study, TimeSpan Heartbeat, string Shown)
{
    /// <summary>The name of a study where none is given.</summary>
    public const string UsualName = "study";

    /// <summary>The heartbeat where none is given.</summary>
    public static TimeSpan UsualHeartbeat { get; } = TimeSpan.FromSeconds(10);

    private const double MostSeconds = 3600;

    private const string Form = "postgres://user:password@host:port/database?study=NAME";

    /// <summary>Reads an address; null where it is not of that form, and so names a file.</summary>
    /// <exception cref="FormatException">It begins like one, and is none, or is a connection string. No password is in the message.</exception>
    public static StudyAddress? Parse(string? text)
    {
        if (text is null || !IsAddress(text))
        {
            return text is null || !NotAFile().IsMatch(text)
                ? null
                : throw new FormatException($"--study must be a file or {Form}, was {Hidden(text)}.");
        }

        // A sign of the password that is not escaped ends the name of the host.
        if (!Uri.TryCreate(text, UriKind.Absolute, out var address) || address.AbsolutePath.Length < 2 || address.PathAndQuery.Contains('@', StringComparison.Ordinal) || address.Fragment.Length > 0)
        {
            throw new FormatException($"--study must be {Form}, with @ : / ? # & in a name or password as %40 %3A %2F %3F %23 %26, was {Hidden(text)}.");
        }

        string[] user = address.UserInfo.Split(':', 2);
        var builder = new NpgsqlConnectionStringBuilder { Host = address.Host.Length == 0 ? "localhost" : address.Host, Port = address.Port > 0 ? address.Port : 5432, Database = Uri.UnescapeDataString(address.AbsolutePath[1..]) };
        if (user[0].Length > 0)
        {
            builder.Username = Uri.UnescapeDataString(user[0]);
        }

        if (user.Length > 1)
        {
            builder.Password = Uri.UnescapeDataString(user[1]);
        }

        var (study, heartbeat) = (UsualName, UsualHeartbeat);
        var options = new List<string>();

        // What follows a password may be the rest of it, after a sign that is not escaped.
        bool mayBeSecret = false;
        string Was(string what) => mayBeSecret ? "" : $", was '{what}'";
        foreach (string pair in address.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = [.. pair.Split('=', 2).Select(Uri.UnescapeDataString)];
            if (parts.Length == 1)
            {
                // It may be the rest of a password, and so is not shown.
                throw new FormatException("--study must hold options as name=value with & between them; one has no value. An & within a value is %26.");
            }

            string value = parts[1];
            mayBeSecret |= IsSecret(parts[0]);
            options.Add(IsSecret(parts[0]) ? $"{pair.Split('=', 2)[0]}=***" : pair);
            switch (parts[0])
            {
                case "study" when value.Length > 0:
                    study = value;
                    break;
                case "heartbeat":
                    heartbeat = double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds) && seconds is > 0 and <= MostSeconds
                        ? TimeSpan.FromSeconds(seconds)
                        : throw new FormatException($"heartbeat in --study must be seconds, more than 0 and at most 3600{Was(value)}.");
                    break;
                default:
                    Set(builder, parts[0], value, Was);
                    break;
            }
        }

        string shown = $"{address.Scheme}://{(user[0].Length > 0 ? user[0] + "@" : "")}{address.Authority[(address.Authority.LastIndexOf('@') + 1)..]}{address.AbsolutePath}{(options.Count > 0 ? "?" + string.Join('&', options) : "")}";
        return new(builder.ConnectionString, study, heartbeat, shown);
    }

    /// <summary>Connections to the database.</summary>
    public DbDataSource Open() => NpgsqlDataSource.Create(Connection);

    /// <summary>The address without its passwords.</summary>
    public override string ToString() => Shown;

    private static bool IsSecret(string keyword) => Secret().IsMatch(keyword);

    private static bool IsAddress(string text) => text.StartsWith("postgres://", StringComparison.OrdinalIgnoreCase) || text.StartsWith("postgresql://", StringComparison.OrdinalIgnoreCase);

    /// <summary>What is no address that can be read. Where a password would be in it cannot be known either, so that no more than its beginning is shown, and of a connection string its keywords.</summary>
    private static string Hidden(string text) => Scheme().Match(text) is { Success: true, Value: var scheme } ? $"'{scheme}...'"
        : ConnectionString().IsMatch(text) ? $"a connection string of {string.Join(", ", Keyword().Matches(text).Select(match => match.Groups[1].Value))}"
        : "a user, a password and a host";

    private static void Set(NpgsqlConnectionStringBuilder builder, string keyword, string value, Func<string, string> was)
    {
        if (!Known(builder, keyword))
        {
            throw new FormatException($"--study must hold study, heartbeat and options of Npgsql{was(keyword)}.");
        }

        try
        {
            builder[keyword] = value;
        }
        catch (Exception e) when (e is ArgumentException or FormatException or InvalidCastException or OverflowException)
        {
            // What the driver says of it may hold the value.
            throw new FormatException($"{keyword} in --study must be a value that Npgsql knows{was(value)}.");
        }
    }

    [GeneratedRegex("pass(word|wd|phrase)|^(pwd|psw|pass)$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Secret();

    [GeneratedRegex(@"^(?:jdbc:)?[a-z][a-z0-9+.-]*://|^jdbc:", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Scheme();

    // The keywords of a connection string, where the driver's are: what a value holds is not among them.
    [GeneratedRegex(@"(?:^|[;\s])(host|server|user ?name|user ?id|user|uid|password|passwd|pwd|psw|database|dbname|port)\s*=", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Keyword();

    // An address of any scheme, USER:PASSWORD@HOST without one (but no C:\folder@home), or a connection string.
    [GeneratedRegex(@"^[a-z][a-z0-9+.-]+://|^jdbc:|^[^/\\:@]{2,}:[^@]*@|(^|[;\s])(host|server|user( ?name| ?id)?|uid|password|passwd|pwd|psw|database|dbname|port)\s*=", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex NotAFile();

    [GeneratedRegex(@"(^|[;\s])(host|server|user( ?name| ?id)?|uid|password|passwd|pwd|psw|database|dbname|port)\s*=", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex ConnectionString();

    private static bool Known(NpgsqlConnectionStringBuilder builder, string keyword)
    {
        try
        {
            return builder.ContainsKey(keyword) || builder.TryGetValue(keyword, out _);
        }
        catch (Exception e) when (e is ArgumentException or KeyNotFoundException)
        {
            return false;
        }
    }
}
