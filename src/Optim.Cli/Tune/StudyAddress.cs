using System.Data.Common;
using System.Globalization;
using Npgsql;

namespace Optim.Cli.Tune;

/// <summary>A study in a PostgreSQL database, as <c>--study</c> names it: <c>postgres://user:password@host:port/database?study=NAME</c>.</summary>
/// <param name="Connection">What the driver is told.</param>
/// <param name="Study">The study's name.</param>
/// <param name="Heartbeat">How often this process says that its trials go on.</param>
/// <param name="Shown">The address without its password.</param>
internal sealed record StudyAddress(string Connection, string Study, TimeSpan Heartbeat, string Shown)
{
    /// <summary>The name of a study where none is given.</summary>
    public const string UsualName = "study";

    /// <summary>The heartbeat where none is given.</summary>
    public static TimeSpan UsualHeartbeat { get; } = TimeSpan.FromSeconds(10);

    private const double MostSeconds = 3600;

    /// <summary>Reads an address; null where it is not of that form, and so names a file.</summary>
    /// <exception cref="FormatException">It begins like one, and is none.</exception>
    public static StudyAddress? Parse(string? text)
    {
        if (text is null || !(text.StartsWith("postgres://", StringComparison.Ordinal) || text.StartsWith("postgresql://", StringComparison.Ordinal)))
        {
            return null;
        }

        if (!Uri.TryCreate(text, UriKind.Absolute, out var address) || address.AbsolutePath.Length < 2)
        {
            throw new FormatException($"--study must be postgres://user:password@host:port/database?study=NAME, was '{text}'.");
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
        foreach (string pair in address.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = [.. pair.Split('=', 2).Select(Uri.UnescapeDataString)];
            string value = parts.Length > 1 ? parts[1] : "";
            switch (parts[0])
            {
                case "study" when value.Length > 0:
                    study = value;
                    break;
                case "heartbeat":
                    heartbeat = double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds) && seconds is > 0 and <= MostSeconds
                        ? TimeSpan.FromSeconds(seconds)
                        : throw new FormatException($"heartbeat in --study must be seconds, more than 0 and at most 3600, was '{value}'.");
                    break;
                default:
                    builder[parts[0]] = Known(builder, parts[0]) ? value : throw new FormatException($"--study must hold study, heartbeat and options of Npgsql, was '{parts[0]}'.");
                    break;
            }
        }

        string shown = user.Length > 1 ? text.Replace($":{user[1]}@", "@", StringComparison.Ordinal) : text;
        return new(builder.ConnectionString, study, heartbeat, shown);
    }

    /// <summary>Connections to the database.</summary>
    public DbDataSource Open() => NpgsqlDataSource.Create(Connection);

    /// <summary>The address without its password.</summary>
    public override string ToString() => Shown;

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
