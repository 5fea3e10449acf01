using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Optim.CSharp;
using Xunit;

namespace Optim.Properties.CSharp;

public class HostingTests
{
    [Fact]
    public void Registered_trainers_train_the_registered_model_and_say_so()
    {
        var log = new Lines();
        var saved = new List<long>();
        var services = new ServiceCollection().AddLogging(logging => logging.SetMinimumLevel(LogLevel.Debug).AddProvider(log))
            .AddSingleton(Parameter.Of("w", new double[] { 4 }))
            .AddOptimizer(new Sgd { LearningRate = 0.25 }, provider => provider.GetServices<Parameter<double>>())
            .AddTrainer<double, double>(
                provider => target =>
                {
                    var w = provider.GetRequiredService<Parameter<double>>();
                    w.Gradient.Span[0] = 2 * (w.Values.Span[0] - target);
                    return Math.Pow(w.Values.Span[0] - target, 2);
                },
                new() { Epochs = 2, CheckpointEvery = 2 },
                checkpoint: _ => (checkpoint, _) =>
                {
                    saved.Add(checkpoint.State.StepCount);
                    return ValueTask.CompletedTask;
                });
        var provider = services.BuildServiceProvider();
        var trainer = provider.GetRequiredService<Trainer<double, double>>();
        var result = trainer.Run(_ => [0.0, 0.0]);
        Assert.Equal(0.25, provider.GetRequiredService<Parameter<double>>().Values.Span[0]);
        Assert.Equal(16 / 64.0, result.LastLoss);
        Assert.Equal([2, 4, 4], saved);
        Assert.Equal(4, log.Texts.Count(text => text.StartsWith("Epoch ", StringComparison.Ordinal) && text.Contains("loss", StringComparison.Ordinal) && text.Contains("batch", StringComparison.Ordinal)));
        Assert.Contains(log.Texts, text => text.StartsWith("Training begins at epoch 0, batch 0, step 0 with Sgd { LearningRate = 0.25", StringComparison.Ordinal));
        Assert.Contains("Training ends at step 4: Completed, last loss 0.25, best 0.625", log.Texts);
        Assert.NotSame(trainer, provider.GetRequiredService<Trainer<double, double>>());
        var optimizer = provider.GetRequiredService<InPlaceOptimizer<double>>();
        provider.Dispose();
        Assert.True(optimizer.IsDisposed, "the application has ended");
    }

    private sealed class Lines : ILoggerProvider, ILogger
    {
        public List<string> Texts { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Texts.Add(formatter(state, exception));

        public void Dispose()
        {
        }
    }
}
