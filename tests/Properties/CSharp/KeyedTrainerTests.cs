using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Optim.CSharp;
using Xunit;

namespace Optim.Properties.CSharp;

/// <summary>Several models of one type in one container, and what their metrics say.</summary>
public class KeyedTrainerTests
{
    [Fact]
    public void Each_key_has_its_own_optimizer_callbacks_and_tag()
    {
        var services = new ServiceCollection();
        foreach (string name in (string[])["a", "b"])
        {
            services.AddKeyedSingleton(name, (_, key) => Parameter.Of("w", new double[] { (string)key! == "a" ? 3 : 4 }));
            services.AddKeyedSingleton<ITrainingCallback>(name, new Counting());
            services.AddKeyedOptimizer<double>(name, new Sgd { LearningRate = name == "a" ? 0.25 : 0.5 }, (provider, key) => [provider.GetRequiredKeyedService<Parameter<double>>(key)]);
            services.AddKeyedTrainer<double, int>(name, (provider, key) => _ =>
            {
                var parameter = provider.GetRequiredKeyedService<Parameter<double>>(key);
                parameter.Gradient.Span[0] = parameter.Values.Span[0];
                return 0.5 * parameter.Values.Span[0] * parameter.Values.Span[0];
            });
        }

        List<(string Name, double Value, string? Model)> seen = [];
        IReadOnlyList<double>? buckets = null;
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Name == TrainerTelemetry.MeterName)
                {
                    buckets = (instrument as Histogram<double>)?.Advice?.HistogramBucketBoundaries ?? buckets;
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };

        // Tests beside this one have meters of the same name: their measurements have no tag.
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) =>
        {
            string? model = tags.Length == 1 && tags[0].Key == TrainerTelemetry.ModelTag ? (string?)tags[0].Value : null;
            if (model is not null)
            {
                lock (seen)
                {
                    seen.Add((instrument.Name, value, model));
                }
            }
        });
        listener.Start();

        using var provider = services.BuildServiceProvider();
        foreach (string name in (string[])["a", "b", "b"])
        {
            provider.GetRequiredKeyedService<Trainer<double, int>>(name).Run(_ => [0]);
        }

        Assert.Equal((1, 2), (provider.GetRequiredKeyedService<InPlaceOptimizer<double>>("a").StepCount, provider.GetRequiredKeyedService<InPlaceOptimizer<double>>("b").StepCount));
        Assert.Equal((1, 2), (((Counting)provider.GetRequiredKeyedService<ITrainingCallback>("a")).Steps, ((Counting)provider.GetRequiredKeyedService<ITrainingCallback>("b")).Steps));
        Assert.Equal([(0.25, "a"), (0.5, "b"), (0.5, "b")], seen.Where(one => one.Name == "optim.training.learning_rate").Select(one => (one.Value, one.Model!)));
        Assert.Equal([(3.0, "a"), (4.0, "b"), (2.0, "b")], seen.Where(one => one.Name == "optim.training.gradient_norm").Select(one => (one.Value, one.Model!)));
        Assert.Equal([(4.5, "a"), (8.0, "b"), (2.0, "b")], seen.Where(one => one.Name == "optim.training.loss").Select(one => (one.Value, one.Model!)));
        Assert.Equal(3, seen.Count(one => one.Name == "optim.training.step.duration"));
        Assert.Equal((1e-6, 10.0), (buckets![0], buckets[^1]));
        Assert.Equal(buckets.Order(), buckets);
    }

    private sealed class Counting : ITrainingCallback
    {
        public int Steps { get; private set; }

        public bool OnStep(TrainingProgress progress)
        {
            Steps++;
            return true;
        }
    }
}
