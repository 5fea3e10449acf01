using System.Data.Common;
using System.Diagnostics.CodeAnalysis;

namespace Optim.Tuning;

/// <summary>Parameterized statements, of SQLite and of PostgreSQL.</summary>
[SuppressMessage("Security", "CA2100", Justification = "The statements are literals of this project; what comes from outside is a parameter.")]
internal static class Sql
{
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
