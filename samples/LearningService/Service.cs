using System.Globalization;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Optim;
using Optim.CSharp;

namespace Samples;

/// <summary>What is posted for learning.</summary>
/// <param name="Id">The client's number of the example, 0 or more: an example sent again, as after a broken connection, is counted once.</param>
/// <param name="Inputs">Three numbers.</param>
/// <param name="Target">The number to predict.</param>
internal sealed record Example(long Id, double[] Inputs, double Target);

/// <summary>What is posted for a prediction.</summary>
internal sealed record Question(double[] Inputs);

/// <summary>The web application.</summary>
internal static class Service
{
    /// <summary>The models' names.</summary>
    public static IReadOnlyList<string> Models { get; } = ["north", "south"];

    /// <summary>The rule that each model follows.</summary>
    public static Rule Rule { get; } = new ClipByGlobalNorm(5).Then(new Adam { LearningRate = Schedule.Exponential(0.05, 0.9999) });

    /// <summary>Serves until it is stopped.</summary>
    public static async Task<int> Run(string[] args)
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        string folder = Directory.CreateDirectory(builder.Configuration["folder"] ?? "learning-service").FullName;
        var health = builder.Services.AddHealthChecks();
        foreach (string name in Models)
        {
            builder.Services.AddKeyedSingleton(name, (_, _) => new LinearModel(3));
            builder.Services.AddKeyedSingleton(name, (_, _) => new ExampleLog(Path.Combine(folder, name + ".log")));
            builder.Services.AddKeyedSingleton(name, (_, _) => new TrainingCheckpointFile<double>(Path.Combine(folder, name + ".safetensors")));
            builder.Services.AddKeyedSingleton<ITrainingCallback>(name, (provider, key) => provider.GetRequiredKeyedService<LinearModel>(key));

            // The trainer of a key takes the optimizer, the callbacks and the progress of that key; its metrics have the key as tag.
            builder.Services.AddKeyedOptimizer(name, Rule, (provider, key) => provider.GetRequiredKeyedService<LinearModel>(key).Parameters);
            builder.Services.AddKeyedTrainer<double, Example>(
                name, (provider, key) => provider.GetRequiredKeyedService<LinearModel>(key).LossAndGradient,
                new TrainerOptions { CheckpointEvery = 200, TrackBest = false, ReportEvery = long.MaxValue, StopOnNonFiniteLoss = true },
                checkpoint: (provider, key) => provider.GetRequiredKeyedService<TrainingCheckpointFile<double>>(key).SaveAsync);
            builder.Services.AddKeyedSingleton(name, (provider, key) => new Learning(
                provider.GetRequiredKeyedService<Trainer<double, Example>>(key), provider.GetRequiredKeyedService<InPlaceOptimizer<double>>(key),
                provider.GetRequiredKeyedService<LinearModel>(key), provider.GetRequiredKeyedService<ExampleLog>(key), provider.GetRequiredKeyedService<TrainingCheckpointFile<double>>(key)));
            builder.Services.AddSingleton<IHostedService>(provider => provider.GetRequiredKeyedService<Learning>(name));
            health.Add(new(name, provider => provider.GetRequiredKeyedService<Learning>(name), failureStatus: null, tags: null));
        }

        await using var app = builder.Build();
        app.MapHealthChecks("/health", new HealthCheckOptions());
        app.MapPost("/models/{name}/examples", async (string name, Example example, IServiceProvider services) =>
        {
            if (services.GetKeyedService<ExampleLog>(name) is not { } log)
            {
                return Results.NotFound();
            }

            if (example is not { Id: >= 0, Inputs.Length: 3 } || !example.Inputs.Append(example.Target).All(double.IsFinite))
            {
                return Results.BadRequest("An example has an id of 0 or more, three finite inputs and a finite target.");
            }

            // Acknowledged when it is on the disk: from here on it is trained on once, whatever happens to this process.
            try
            {
                await log.Append(example);
                return Results.Ok();
            }
            catch (IOException e)
            {
                // Not acknowledged: the client sends it again, to the service that is started in place of this one, which is unhealthy.
                return Results.Problem(e.Message, statusCode: StatusCodes.Status503ServiceUnavailable);
            }
        });
        app.MapPost("/models/{name}/predictions", (string name, Question question, IServiceProvider services) =>
            services.GetKeyedService<LinearModel>(name) is not { } model ? Results.NotFound()
            : question.Inputs is { Length: 3 } inputs ? Results.Ok(model.Predict(inputs))
            : Results.BadRequest("A question has three inputs."));
        app.MapGet("/models/{name}", (string name, IServiceProvider services) =>
            services.GetKeyedService<Learning>(name) is { } learning ? Results.Ok(new { learned = learning.Learned, acknowledged = learning.Acknowledged }) : Results.NotFound());
        await app.RunAsync();
        return 0;
    }

    /// <summary>An example as a line of a log.</summary>
    public static string Line(Example example) => string.Create(
        CultureInfo.InvariantCulture, $"{example.Id},{example.Inputs[0]:R},{example.Inputs[1]:R},{example.Inputs[2]:R},{example.Target:R}\n");

    /// <summary>The example of a line.</summary>
    public static Example Parse(string line)
    {
        string[] cells = line.Split(',');
        return new(
            long.Parse(cells[0], CultureInfo.InvariantCulture), [.. cells[1..4].Select(cell => double.Parse(cell, CultureInfo.InvariantCulture))], double.Parse(cells[4], CultureInfo.InvariantCulture));
    }
}
