namespace Optim.Tuning;

/// <summary>The tables of <see cref="SharedStudy"/>, in PostgreSQL.</summary>
internal static class SharedTables
{
    public const string Create = """
        CREATE TABLE IF NOT EXISTS optim_study (study text NOT NULL, key text NOT NULL, value text NOT NULL, PRIMARY KEY (study, key));
        CREATE TABLE IF NOT EXISTS optim_trials (study text NOT NULL, number integer NOT NULL, state text NOT NULL, parameters text NOT NULL, value double precision, message text NOT NULL,
            seconds double precision NOT NULL, worker text NOT NULL, heartbeat timestamptz NOT NULL, attempts integer NOT NULL, PRIMARY KEY (study, number));
        CREATE TABLE IF NOT EXISTS optim_reports (study text NOT NULL, trial integer NOT NULL, step bigint NOT NULL, value double precision NOT NULL, PRIMARY KEY (study, trial, step));
        CREATE TABLE IF NOT EXISTS optim_notes (study text NOT NULL, trial integer NOT NULL, place integer NOT NULL, name text NOT NULL, value double precision NOT NULL, PRIMARY KEY (study, trial, name));
        """;
}
