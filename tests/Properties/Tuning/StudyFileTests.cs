using System.Diagnostics;
using System.Globalization;
using Optim.Fingerprint;
using Optim.Properties.Checking;
using Optim.Properties.Checkpoints;
using Optim.Tuning;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Tuning;

public class StudyFileTests(ITestOutputHelper output)
{
    private const int UsualKills = 6;

    private static readonly Study Study = StudyLoop.Study;

    [Fact]
    public void A_study_stopped_anywhere_and_resumed_makes_the_trials_of_one_that_was_not()
    {
        using TemporaryFolder folder = new();
        var whole = Run(folder["whole.db"], 30, int.MaxValue);
        for (int stop = 1; stop < 30; stop += 9)
        {
            string path = folder[FormattableString.Invariant($"{stop}.db")];
            Assert.Equal(StudyEnd.Cancelled, Run(path, 30, stop).End);
            var resumed = Run(path, 30, int.MaxValue);
            Assert.Equal(whole.Trials.Select(StudyLoop.Line), resumed.Trials.Select(StudyLoop.Line));
        }

        // More trials than before: the study goes on. And a study that has all of its trials makes none.
        Assert.Equal(whole.Trials.Select(StudyLoop.Line), Run(folder["whole.db"], 35, int.MaxValue).Trials.Take(30).Select(StudyLoop.Line));
        Assert.Equal(35, Study.Run(_ => throw new InvalidOperationException("none is to be made"), new() { Trials = 35, File = folder["whole.db"] }).Trials.Count);

        static StudyResult Run(string path, int trials, int stop)
        {
            using var cancel = new CancellationTokenSource();
            return Study.Run(
                trial =>
                {
                    if (trial.Number == stop)
                    {
                        cancel.Cancel();
                    }

                    trial.Cancellation.ThrowIfCancellationRequested();
                    return StudyLoop.Objective(trial, 0);
                },
                new() { Trials = trials, File = path }, cancel.Token);
        }
    }

    [Fact]
    public void A_process_killed_at_any_instant_loses_no_trial_that_had_ended()
    {
        int kills = int.Parse(Environment.GetEnvironmentVariable("OPTIM_KILLS") ?? UsualKills.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        using TemporaryFolder folder = new();
        string path = folder["study.db"];
        var random = new Random(kills);
        var ended = new Dictionary<string, string>();
        int interrupted = 0;
        for (int kill = 0; kill < kills; kill++)
        {
            KillWhileTrying(path, random.Next(1, 5), random.Next(0, 15_000), ended);
            using var file = StudyFile.Open(path, Study);
            var lines = file.Trials.Where(trial => trial.State != TrialState.Running).ToDictionary(trial => Number(StudyLoop.Line(trial)), StudyLoop.Line);
            Assert.All(ended, trial => Assert.Equal(trial.Value, lines[trial.Key]));
            Assert.Equal(Enumerable.Range(0, file.Trials.Count), file.Trials.Select(trial => trial.Number));
            interrupted += file.Trials.Count - lines.Count;
        }

        int already = ended.Count;
        var result = Study.Run(trial => StudyLoop.Objective(trial, 0), new() { Trials = already + 10, File = path });
        var final = result.Trials.ToDictionary(trial => Number(StudyLoop.Line(trial)), StudyLoop.Line);
        Assert.All(ended, trial => Assert.Equal(trial.Value, final[trial.Key]));
        output.WriteLine(FormattableString.Invariant(
            $"{kills} kills; {already} trials acknowledged, each of them in the file with its value, its parameters and its reports; {interrupted} found running and tried again"));
    }

    [Fact]
    public void A_file_in_use_is_refused()
    {
        using TemporaryFolder folder = new();
        using (StudyFile.Open(folder["study.db"], Study))
        {
            var error = Refused.With<StudyFileException>("is in use by another process; a study's file is for one at a time.", () => StudyFile.Open(folder["study.db"], Study));
            Assert.StartsWith(folder["study.db"], error.Message, StringComparison.Ordinal);
        }

        StudyFile.Open(folder["study.db"], Study).Dispose();
    }

    [Fact]
    public void Another_study_is_refused_and_what_differs_is_named()
    {
        using TemporaryFolder folder = new();
        string path = folder["study.db"];
        Study.Run(trial => StudyLoop.Objective(trial, 0), new() { Trials = 3, File = path });
        Expect("another seed: there '1', here '2'", Study.WithSeed(2));
        Expect("another objective: there 'a bowl', here 'a hill'", Study.WithObjective("a hill"));
        Expect(
            "another list of first trials: there 'none', here '{\"optimizer\":\"sgd\",\"rate\":0.1}'",
            Study.WithFirst(Study.Space.Assign(new Dictionary<string, ParameterValue> { ["optimizer"] = ParameterValue.OfChoice("sgd"), ["rate"] = ParameterValue.Of(0.1) })));
        Expect("another sampler: there 'TpeSampler { StartupTrials = 5, Candidates = 24, GoodShare = 0.15 }', here 'RandomSampler { }'", Study.WithSampler(new RandomSampler()));
        Expect("another pruner: there 'SuccessiveHalving { MinResource = 1, ReductionFactor = 2 }', here 'None'", Study.WithPruner(Pruner.None));
        Expect(
            "another search space: there 'rate: number from 1E-05 to 1, logarithmic'; here 'rate: number from 0.001 to 1, logarithmic'",
            new Study(SearchSpace.Of(Study.Space.Parameters[0], SearchParameter.LogUniform("rate", 1e-3, 1), Study.Space.Parameters[2])));
        Assert.Equal(3, Study.Run(_ => 0, new() { Trials = 3, File = path }).Trials.Count);

        void Expect(string difference, Study other) => Refused.With<StudyFileException>(
            $"{path} holds a study with {difference}. Go on with what it was begun with, or name another file.", () => StudyFile.Open(path, other));
    }

    [Fact]
    public void What_is_no_studys_file_is_refused_and_left_as_it_is()
    {
        using TemporaryFolder folder = new();
        string text = folder["text.db"];
        string words = string.Concat(Enumerable.Repeat("These are words, not tables. ", 100));
        File.WriteAllText(text, words);
        Refused.With<StudyFileException>("must be a study's file, was no SQLite database.", () => StudyFile.Open(text, Study));
        Assert.Equal(words, File.ReadAllText(text));
        Refused.With<StudyFileException>("cannot be used as a study's file", () => StudyFile.Open(folder["no/such/folder.db"], Study));

        string other = folder["other.db"];
        using (var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={other};Pooling=False"))
        {
            connection.Open();
            Sql.Run(connection, "CREATE TABLE accounts (name TEXT)");
        }

        Refused.With<StudyFileException>("must be a study's file, was another database, with the tables accounts.", () => StudyFile.Open(other, Study));
    }

    [Theory]
    [InlineData("UPDATE trials SET parameters = '{\"rate\": 7}' WHERE number = 1", "Trial 1 of the study's file is damaged: ")]
    [InlineData("UPDATE trials SET parameters = 'x' WHERE number = 1", "Trial 1 of the study's file is damaged: The parameters must be a JSON object of numbers and texts, were 'x'.")]
    [InlineData("UPDATE trials SET state = 'lost' WHERE number = 2", "Trial 2 of the study's file is damaged: ")]
    public void A_damaged_trial_is_named(string statement, string message)
    {
        using TemporaryFolder folder = new();
        Study.Run(trial => StudyLoop.Objective(trial, 0), new() { Trials = 3, File = folder["study.db"] });
        using (var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={folder["study.db"]};Pooling=False"))
        {
            connection.Open();
            Sql.Run(connection, statement);
        }

        Refused.With<StudyFileException>(message, () => StudyFile.Open(folder["study.db"], Study));
    }

    [Theory]
    [InlineData("DROP TABLE trials")]
    [InlineData("DROP TABLE reports")]
    [InlineData("ALTER TABLE trials RENAME COLUMN seconds TO minutes")]
    [InlineData("UPDATE trials SET number = 5000000000 WHERE number = 2")]
    [InlineData("UPDATE reports SET value = 'x'")]
    [InlineData("DROP TABLE study; CREATE TABLE study (key TEXT, value TEXT); INSERT INTO study VALUES (NULL, NULL)")]
    [InlineData("DROP TABLE study; CREATE TABLE study (key TEXT, value TEXT); INSERT INTO study VALUES ('seed', '0'); INSERT INTO study VALUES ('seed', '1')")]
    public void A_damaged_file_is_named(string statement)
    {
        using TemporaryFolder folder = new();
        Study.Run(trial => StudyLoop.Objective(trial, 0), new() { Trials = 3, File = folder["study.db"] });
        using (var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={folder["study.db"]};Pooling=False"))
        {
            connection.Open();
            Sql.Run(connection, statement);
        }

        Refused.With<StudyFileException>(folder["study.db"], () => StudyFile.Open(folder["study.db"], Study));
    }

    [Theory]
    [InlineData(":memory:")]
    [InlineData("file:x.db?mode=memory")]
    public void A_name_of_SQLites_own_is_no_file(string path) =>
        Refused.With<StudyFileException>($"A study's file must be the path of a file, was '{path}'; without a file a study is kept in memory.", () => StudyFile.Open(path, Study));

    private static string Number(string line) => line.Split(' ')[0];

    private static void KillWhileTrying(string path, int trials, int microseconds, Dictionary<string, string> ended)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet") { RedirectStandardOutput = true };
        foreach (string argument in (string[])[Path.Combine(AppContext.BaseDirectory, "Optim.Fingerprint.dll"), "study", path, "100000"])
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        try
        {
            for (int seen = 0; seen < trials; seen++)
            {
                Note(process.StandardOutput.ReadLine()!);
            }

            for (long begun = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(begun).TotalMicroseconds < microseconds;)
            {
            }
        }
        finally
        {
            process.Kill();
            process.WaitForExit();
        }

        // What it said before it died; a line that was cut off is none.
        string rest = process.StandardOutput.ReadToEnd();
        foreach (string line in rest[..(rest.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            Note(line);
        }

        void Note(string line) => Assert.True(ended.TryAdd(Number(line), line), $"{line} had ended before");
    }
}
