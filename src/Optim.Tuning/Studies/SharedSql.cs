using System.Data.Common;
using System.Diagnostics.CodeAnalysis;

namespace Optim.Tuning;

/// <summary>Parameterized statements of PostgreSQL, through whatever provider a data source is of.</summary>
[SuppressMessage("Security", "CA2100", Justification = "The statements are literals of this project; what comes from outside is a parameter.")]
internal static class SharedSql
{
    public const string Tables = """
        CREATE TABLE IF NOT EXISTS optim_study (study text NOT NULL, key text NOT NULL, value text NOT NULL, PRIMARY KEY (study, key));
        CREATE TABLE IF NOT EXISTS optim_trials (study text NOT NULL, number integer NOT NULL, state text NOT NULL, parameters text NOT NULL, value double precision, message text NOT NULL,
            seconds double precision NOT NULL, worker text NOT NULL, heartbeat timestamptz NOT NULL, attempts integer NOT NULL, PRIMARY KEY (study, number));
        CREATE TABLE IF NOT EXISTS optim_reports (study text NOT NULL, trial integer NOT NULL, step bigint NOT NULL, value double precision NOT NULL, PRIMARY KEY (study, trial, step));
        CREATE TABLE IF NOT EXISTS optim_notes (study text NOT NULL, trial integer NOT NULL, place integer NOT NULL, name text NOT NULL, value double precision NOT NULL, PRIMARY KEY (study, trial, name));
        """;

    public static int Run(DbConnection connection, string statement, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var command = Command(connection, statement, parameters);
        return command.ExecuteNonQuery();
    }

    public static List<T> Query<T>(DbConnection connection, string statement, Func<DbDataReader, T> row, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var command = Command(connection, statement, parameters);
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
        {
            rows.Add(row(reader));
        }

        return rows;
    }

    private static DbCommand Command(DbConnection connection, string statement, ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        var command = connection.CreateCommand();
        command.CommandText = statement;
        foreach (var (name, value) in parameters)
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = (name, value ?? DBNull.Value);
            command.Parameters.Add(parameter);
        }

        return command;
    }
}
