// An application with dependency injection, logging and metrics: the container holds the model and its optimizer, the trainer writes to the
// application's log, and a listener counts what the meter says, as an exporter would.
using System.Diagnostics.Metrics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Optim;
using Optim.CSharp;

var services = new ServiceCollection()
    .AddLogging(logging => logging.AddSimpleConsole(options => options.SingleLine = true).SetMinimumLevel(LogLevel.Information))
    .AddSingleton<Model>()
    .AddOptimizer(
        _ => OptimizerBuilder.For(new AdamW { WeightDecay = 0.01 })
            .WithLearningRate(Schedule.WarmupCosine(0.05, 20, 400))
            .WithoutDecayOn("*.bias")
            .ClipGradientNorm(1)
            .UseMkl(),
        provider => provider.GetRequiredService<Model>().Parameters)
    .AddTrainer<float, IReadOnlyList<int>>(
        provider => provider.GetRequiredService<Model>().LossAndGradient,
        new TrainerOptions { Epochs = 40, EarlyStoppingPatience = 5, RestoreBest = true },
        provider => provider.GetRequiredService<Model>().ValidationLoss);

long steps = 0;
using var listener = new MeterListener
{
    InstrumentPublished = (instrument, self) =>
    {
        if (instrument.Meter.Name == TrainerTelemetry.MeterName)
        {
            self.EnableMeasurementEvents(instrument);
        }
    },
};
listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => steps += instrument.Name == "optim.training.steps" ? value : 0);
listener.Start();

await using var provider = services.BuildServiceProvider();
var loader = new BatchLoader<int>([.. Enumerable.Range(0, Model.Training)], batchSize: 20);
var result = provider.GetRequiredService<Trainer<float, IReadOnlyList<int>>>().Run(loader.Epoch);
Console.WriteLine(string.Create(
    CultureInfo.InvariantCulture, $"{result.End} after {result.Position.Epoch} epochs, {steps} steps measured; best validation loss {result.BestLoss:F4} at step {result.Best!.StepCount}"));
return result.BestLoss < 0.02 ? 0 : 1;

/// <summary>A network of one hidden layer that learns a wave.</summary>
internal sealed class Model
{
    public const int Training = 200;

    private const int Held = 50, Hidden = 16;

    private readonly float[] inputs, outputs;
    private readonly Parameter<float> w1, b1, w2, b2;

    public Model()
    {
        var random = new Random(1);
        inputs = [.. Enumerable.Range(0, Training + Held).Select(_ => (random.NextSingle() * 4) - 2)];
        outputs = [.. inputs.Select(x => MathF.Sin(2 * x))];
        w1 = Parameter.Of("hidden.weight", Random(2), Hidden, 1);
        b1 = Parameter.Of("hidden.bias", Random(1));
        w2 = Parameter.Of("output.weight", Random(0.5f), 1, Hidden);
        b2 = Parameter.Of("output.bias", new float[1]);
        Parameters = [w1, b1, w2, b2];

        float[] Random(float width) => [.. Enumerable.Range(0, Hidden).Select(_ => width * ((random.NextSingle() * 2) - 1))];
    }

    public IReadOnlyList<Parameter<float>> Parameters { get; }

    public double LossAndGradient(IReadOnlyList<int> batch) => Loss(batch, writeGradient: true);

    public double ValidationLoss() => Loss([.. Enumerable.Range(Training, Held)], writeGradient: false);

    private double Loss(IReadOnlyList<int> batch, bool writeGradient)
    {
        if (writeGradient)
        {
            foreach (var parameter in Parameters)
            {
                parameter.ClearGradient();
            }
        }

        double loss = 0;
        float[] hidden = new float[Hidden];
        foreach (int example in batch)
        {
            float y = b2.Values.Span[0];
            for (int j = 0; j < Hidden; j++)
            {
                hidden[j] = MathF.Tanh((w1.Values.Span[j] * inputs[example]) + b1.Values.Span[j]);
                y += w2.Values.Span[j] * hidden[j];
            }

            float error = y - outputs[example];
            loss += (double)error * error / batch.Count;
            for (int j = 0; writeGradient && j < Hidden; j++)
            {
                float slope = 2 * error / batch.Count, inner = slope * w2.Values.Span[j] * (1 - (hidden[j] * hidden[j]));
                w2.Gradient.Span[j] += slope * hidden[j];
                w1.Gradient.Span[j] += inner * inputs[example];
                b1.Gradient.Span[j] += inner;
            }

            if (writeGradient)
            {
                b2.Gradient.Span[0] += 2 * error / batch.Count;
            }
        }

        return loss;
    }
}
