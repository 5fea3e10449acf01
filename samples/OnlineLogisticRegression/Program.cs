// A service that learns while it serves: each request is answered with a probability, and when the outcome arrives, the model takes one step.
// Requests come from a queue, as they would from a socket; the model's arrays are updated in place, without garbage.
using System.Globalization;
using System.Threading.Channels;
using Optim;
using Optim.CSharp;

const int Features = 8;
double[] truth = [1.5, -2, 0.5, 0, 0, 3, -1, 0.25];
var random = new Random(1);
var queue = Channel.CreateBounded<(float[] Features, bool Outcome)>(64);

float[] weights = new float[Features], bias = new float[1];
var parameters = new[] { Parameter.Of("weights", weights), Parameter.Of("bias", bias) };
using var optimizer = OptimizerBuilder.For(new AdamW { LearningRate = Schedule.InverseTime(0.05, 0.001), WeightDecay = 1e-3 })
    .WithoutDecayOn("bias")
    .Build(parameters);

var producer = Task.Run(async () =>
{
    for (int i = 0; i < 20_000; i++)
    {
        float[] x = [.. Enumerable.Range(0, Features).Select(_ => (random.NextSingle() * 2) - 1)];
        double probability = 1 / (1 + Math.Exp(-x.Zip(truth, (a, b) => a * b).Sum()));
        await queue.Writer.WriteAsync((x, random.NextDouble() < probability));
    }

    queue.Writer.Complete();
});

var (right, seen, loss) = (0, 0, 0.0);
await foreach (var (x, outcome) in queue.Reader.ReadAllAsync())
{
    float score = bias[0];
    for (int i = 0; i < Features; i++)
    {
        score += weights[i] * x[i];
    }

    float answer = 1 / (1 + MathF.Exp(-score));
    float error = answer - (outcome ? 1 : 0);
    for (int i = 0; i < Features; i++)
    {
        parameters[0].Gradient.Span[i] = error * x[i];
    }

    parameters[1].Gradient.Span[0] = error;
    optimizer.Step();

    right += (answer > 0.5f) == outcome ? 1 : 0;
    loss -= Math.Log(outcome ? answer : 1 - answer);
    if (++seen % 5000 == 0)
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{optimizer.StepCount,6} answers: {right / 50.0:F1}% right, mean loss {loss / 5000:F4}"));
        (right, loss) = (0, 0);
    }
}

await producer;
double distance = Math.Sqrt(weights.Zip(truth, (a, b) => Math.Pow(a - b, 2)).Sum());
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"distance to the true weights: {distance:F2}"));
return distance < 1 ? 0 : 1;
