using Microsoft.Extensions.Diagnostics.HealthChecks;
using Optim.CSharp;

namespace Samples;

/// <summary>Trains one model on its log in the background, from where its checkpoint says it was; healthy while it does and is not far behind.</summary>
internal sealed class Learning(Trainer<double, Example> trainer, InPlaceOptimizer<double> optimizer, LinearModel model, ExampleLog log, TrainingCheckpointFile<double> file) : BackgroundService, IHealthCheck
{
    private const long MostBehind = 100_000;

    private TrainingEnd? end;

    /// <summary>The examples learned.</summary>
    public long Learned => optimizer.StepCount;

    /// <summary>The examples acknowledged.</summary>
    public long Acknowledged => log.Count;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
        ExecuteTask is { IsFaulted: true } task ? HealthCheckResult.Unhealthy("The training has failed.", task.Exception)
        : log.Failure is { } failure ? HealthCheckResult.Unhealthy("The log of examples cannot be written.", failure)
        : end is not null ? HealthCheckResult.Unhealthy($"The training has ended: {end}.")
        : Acknowledged - Learned > MostBehind ? HealthCheckResult.Degraded($"{Acknowledged - Learned} examples wait.")
        : HealthCheckResult.Healthy());

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        if (file.Load() is { } checkpoint)
        {
            trainer.Resume(checkpoint);
            model.Publish();
        }

        // A step for each line: those before the counter are learned, whatever was learned after the checkpoint is learned again from it. On a stop the trainer saves once more.
        end = (await trainer.RunStreamAsync(log.From(optimizer.StepCount, stoppingToken), stoppingToken)).End;
    }
}
