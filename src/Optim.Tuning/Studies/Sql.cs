using System.Diagnostics.CodeAnalysis;
using Microsoft.Data.Sqlite;

namespace Optim.Tuning;

/// <summary>Parameterized statements.</summary>
[SuppressMessage("Security", "CA2100", Justification = "The statements are literals of this project; what comes from outside is a parameter.")]
internal static class Sql
{
    public static int Run(SqliteConnection connection, string statement, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var command = Command(connection, statement, parameters);
        return command.ExecuteNonQuery();
    }

    public static List<T> Query<T>(SqliteConnection connection, string statement, Func<SqliteDataReader, T> row)
    {
        using var command = Command(connection, statement, []);
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
        {
            rows.Add(row(reader));
        }

        return rows;
    }

    private static SqliteCommand Command(SqliteConnection connection, string statement, ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        var command = connection.CreateCommand();
        command.CommandText = statement;
        foreach (var (name, value) in parameters)
        {
            command.Parameters.AddWithValue(name, value ?? DBNull.Value);
        }

        return command;
    }
}
