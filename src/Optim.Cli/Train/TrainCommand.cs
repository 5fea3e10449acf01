using System.CommandLine;
using System.Globalization;
using System.Numerics;
using Optim.Cli.Reports;
using Optim.Cli.Training;
using Optim.CSharp;
using Optim.Distributed;
using Optim.Networks;
using Spectre.Console;

namespace Optim.Cli.Train;

/// <summary><c>optim train</c>: trains a network on images or a table with one optimizer.</summary>
internal static class TrainCommand
{
    // As many shards as there are where --distributed is given without --shards.
    private const string Shards = "16";

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var command = new Command(
            "train",
            """
            Trains a network on images or a table.

            Trains a network on images or a table with one optimizer: accuracy (for a number to predict R^2) on what is held out after each epoch,
            with learning rate, loss and gradient norm.

            With --checkpoint the run is saved after each epoch, and on Ctrl-C. --resume continues from there with the same bits as if it had
            never stopped; options need not be repeated.

            Examples:
              optim train
              optim train --data wine.csv --target kind
              optim train --data /usr/share/datasets/fashion-mnist --model cnn --epochs 2
              optim train --data mnist --optimizer momentum --learning-rate 0.05 --schedule one-cycle --clip 1 --checkpoint run.safetensors
              optim train --checkpoint run.safetensors --resume
              mpiexec -n 4 optim train --distributed --divide-states --checkpoint run.safetensors
              optim train --data mnist --output report.html --csv figures --tensorboard runs
              optim train --optimizer adamw --weight-decay 0.1 --set Beta2=0.99,AmsGrad=true --json
            """);
        var options = new TrainOptions();
        options.AddTo(command);
        command.SetRun((parse, cancellation) => Run(parse, options, cancellation));
        return command;
    }

    private static int Run(ParseResult parse, TrainOptions options, CancellationToken cancellation)
    {
        if (options.DivideStates(parse) && !options.Distributed(parse))
        {
            throw new FormatException("--divide-states needs --distributed: the ranks that mpiexec has started each keep a part of the state.");
        }

        if (!options.Distributed(parse) || !MpiCommunicator.IsLaunched)
        {
            using var alone = LocalCommunicator.Alone();
            return Run(parse, options, alone, cancellation);
        }

        // Ctrl-C ends the job, and the last checkpoint stays: the ranks are not at one step, so that none is saved.
        return MpiCommunicator.Status is { IsAvailable: false, Reason: var reason }
            ? throw new FormatException($"--distributed: {reason}")
            : MpiCommunicator.Run(ranks => Run(parse, options, ranks, cancellation));
    }

    private static int Run(ParseResult parse, TrainOptions options, ICommunicator ranks, CancellationToken cancellation)
    {
        var given = options.Given(parse);
        if (options.Distributed(parse) && !options.Resume(parse) && !given.ContainsKey("shards"))
        {
            given = given.Append(new("shards", Shards)).ToDictionary(StringComparer.Ordinal);
        }

        var settings = Settings(given, options.Checkpoint(parse), options.Resume(parse));
        if (options.Distributed(parse) && settings.Shards is null)
        {
            throw new FormatException("--distributed needs a training that was begun with it, or with --shards; this one computes each batch as one.");
        }

        var data = TrainData.Load(settings);
        TrainData.UseBackend(settings.Backend);

        // None begins before all know what there is: the first creates the checkpoint that others look for.
        ranks.Barrier();
        return settings.IsSingle
            ? Run<float>(parse, options, settings, data, ranks, cancellation)
            : Run<double>(parse, options, settings, data, ranks, cancellation);
    }

    private static int Run<T>(ParseResult parse, TrainOptions options, TrainSettings settings, Dataset data, ICommunicator ranks, CancellationToken cancellation)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        bool isFirst = ranks.Rank == 0;
        var (output, error) = (parse.InvocationConfiguration.Output, parse.InvocationConfiguration.Error);
        var (checkpoint, threads) = (options.Checkpoint(parse), options.Threads(parse));
        var model = Models.Named<T>(settings.Model, data, threads);
        var destinations = options.Report.Destinations(parse);
        if (checkpoint is not null && isFirst)
        {
            ReportOptions.RequireWritable("--checkpoint", checkpoint);
        }

        var started = DateTimeOffset.UtcNow;
        bool divides = options.DivideStates(parse);
        using var session = options.Resume(parse)
            ? SessionFile.Load(checkpoint!.FullName, settings, data, model, ranks, divides)
            : new Session<T>(settings, data, model, ranks: ranks, divideStates: divides);
        bool quiet = options.Quiet(parse) || !isFirst;
        var lines = quiet || destinations.Json ? null : output;
        if (lines is not null)
        {
            Terminal.For(lines, folding: true).WriteLine(TrainText.Setting(settings, data, model.Description, model.Layout.Length));
        }

        var progress = new TrainProgress(settings, data, session.History, session.StepsPerEpoch, lines, !quiet && Terminal.IsOn(error) ? Terminal.Raw(error) : null, () => Console.WindowWidth);
        var end = session.Run(progress, threads, checkpoint is null ? null : new(checkpoint.FullName), cancellation);
        progress.Clear();
        if (session.Divergence is not null)
        {
            throw new FormatException(Divergence(session));
        }

        if (end == TrainingEnd.Cancelled)
        {
            error.WriteLine(Interruption(session, checkpoint));
            return ExitCode.Interrupted;
        }

        var confusion = data.Target is null && (isFirst || divides) ? new Confusion(data.Test.Labels, session.Classify(cancellation), data.Classes.Count) : null;
        if (!isFirst)
        {
            return ExitCode.Done;
        }

        var run = new Trained(settings, data, model.Description, model.Layout.Length, session.Rule, session.StepsPerEpoch, threads, session.History, confusion);
        destinations.Deliver(TrainReport.Of(run, started, session.SecondsBefore), output, console => TrainScreen.Show(console, run));
        return ExitCode.Done;
    }

    /// <summary>The command line's settings, and the checkpoint's original ones.</summary>
    private static TrainSettings Settings(IReadOnlyDictionary<string, string> given, FileInfo? checkpoint, bool resume)
    {
        if (!resume)
        {
            return checkpoint is { Exists: true }
                ? throw new FormatException($"--checkpoint '{checkpoint}' is there already: --resume goes on from it; else name another file, or remove it.")
                : TrainSettings.Of(given);
        }

        if (checkpoint is null)
        {
            throw new FormatException("--resume needs --checkpoint: the file to go on from.");
        }

        if (!checkpoint.Exists)
        {
            throw new FileNotFoundException($"--checkpoint '{checkpoint}' is not there: there is nothing to go on from. Without --resume the training begins.");
        }

        var begun = SessionFile.OptionsOf(checkpoint.FullName);
        var settings = TrainSettings.Of(begun.Concat(given).GroupBy(text => text.Key).ToDictionary(texts => texts.Key, texts => texts.Last().Value));
        settings.RequireToGoOnFrom(begun);
        return settings;
    }

    private static string Divergence<T>(Session<T> session)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var (point, (epoch, step)) = (session.Divergence!.Value, session.Position);
        string what = double.IsFinite(point.Loss) ? "gradient's norm" : "loss";
        string clip = session.Settings.Clip is null ? ", or --clip 1" : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"The {what} was {(double.IsFinite(point.Loss) ? point.GradientNorm : point.Loss)} at step {session.History.Steps.Count + 1} (epoch {epoch + 1}, step {step + 1} of it; learning rate {point.LearningRate:G4}): training ends here. Try a lower --learning-rate, as {Math.Min(session.Settings.LearningRate / 10, session.Settings.Optimizer.UsualRate(session.Settings.HasImages)):G2}{clip}, or --schedule warmup-cosine.");
    }

    private static string Interruption<T>(Session<T> session, FileInfo? checkpoint)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var (epochs, steps) = session.Position;
        string where = string.Create(CultureInfo.InvariantCulture, $"Interrupted after {TrainText.Count(epochs, "epoch")} and {TrainText.Count(steps, "step")} of {session.StepsPerEpoch}.");
        return checkpoint is null
            ? $"{where} Nothing was saved: there was no --checkpoint."
            : $"{where} Saved; go on with: optim train --checkpoint {checkpoint} --resume";
    }
}
