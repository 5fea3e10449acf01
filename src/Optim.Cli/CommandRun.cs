using System.CommandLine;

namespace Optim.Cli;

/// <summary>Runs a command. Errors become a sentence on standard error and an exit code, uniformly for all commands.</summary>
internal static class CommandRun
{
    /// <summary>Work that Ctrl-C terminates at once.</summary>
    public static void SetRun(this Command command, Func<ParseResult, int> run) =>
        command.SetAction(parse => Guarded(parse, () => run(parse)));

    /// <summary>Work that Ctrl-C cancels through a token, so that it can save its progress.</summary>
    public static void SetRun(this Command command, Func<ParseResult, CancellationToken, int> run) =>
        command.SetAction((parse, cancellation) => Task.Run(() => Guarded(parse, () => run(parse, cancellation)), CancellationToken.None));

    private static int Guarded(ParseResult parse, Func<int> work)
    {
        var error = parse.InvocationConfiguration.Error;
        try
        {
            return work();
        }
        catch (FormatException e)
        {
            error.WriteLine(e.Message);
            return ExitCode.Failed;
        }
        catch (ArgumentException e) when (e is not ArgumentNullException)
        {
            error.WriteLine(Refusals.Text(e));
            return ExitCode.Failed;
        }
        catch (Exception e) when (e is CheckpointException or IOException or UnauthorizedAccessException or InvalidDataException)
        {
            error.WriteLine(e.Message);
            return ExitCode.Unreadable;
        }
        catch (OperationCanceledException)
        {
            error.WriteLine("Interrupted.");
            return ExitCode.Interrupted;
        }
    }
}
